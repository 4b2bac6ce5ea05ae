/* SPDX-License-Identifier: MIT */
#include "auth/dmarc.h"

#include "auth/private/dmarc_walk.h"
#include "base/str.h"
#include "mail/domain.h"

#include <stdint.h>
#include <string.h>

/* Identifiers that share so many labels with the author are asked about before
   it is known what the author's organization is. */
#define LABELS_SHARED 2

/* Does an identifier speak for the author, if it passes? */
enum alignment {
	ALIGNED_NOT,
	ALIGNED,
	ALIGNED_PERHAPS, /* for want of an answer */
};

/* One evaluation. */
struct evaluation {
	struct arena *arena;
	const struct dmarc_request *request;
	const char *author;
	struct dmarc_walk walk;
	const struct dmarc_step *policy; /* NULL: none */
	bool policy_unsure;  /* np would make another one, and may apply */
	const char *problem; /* an answer that is missing */
	bool more;           /* dmarc_more was not asked */
};

/* Questions in the making. */
struct questions {
	struct arena *arena;
	const struct dmarc_request *request;
	struct dns_query *out;
	size_t n, most;
	size_t n_walks, walks_most;
};

struct dmarc_identifier
dmarc_identifier_of_spf(const struct spf_result *r)
{
	return (struct dmarc_identifier){
	    .domain = r->domain,
	    .auth = r->verdict == SPF_PASS        ? DMARC_AUTH_PASSED
		    : r->verdict == SPF_TEMPERROR ? DMARC_AUTH_TEMPERROR
						  : DMARC_AUTH_FAILED,
	};
}

/* As domain_read gives it; NULL: it cannot align. */
static const char *
identifier_domain(struct arena *a, const struct dmarc_identifier *it)
{
	const char *domain;

	if (it->domain == NULL || it->partial ||
	    it->auth == DMARC_AUTH_FAILED ||
	    domain_read(a, it->domain, &domain, NULL) != RC_OK)
		return NULL;
	return domain;
}

/* That of SPF, then those of DKIM. */
static const char **
identifier_domains(struct arena *a, const struct dmarc_request *request)
{
	const char **domains =
	    arena_take_array(a, request->n_dkim + 1, sizeof(*domains));

	domains[0] = identifier_domain(a, &request->spf);
	for (size_t i = 0; i < request->n_dkim; i++)
		domains[i + 1] = identifier_domain(a, &request->dkim[i]);
	return domains;
}

/* The labels at the end that both have; "": none. */
static const char *
domain_shared(const char *x, const char *y)
{
	size_t i = strlen(x), j = strlen(y), shared = i;

	while (i > 0 && j > 0 && x[i - 1] == y[j - 1]) {
		i--;
		j--;
		if ((i == 0 || x[i - 1] == '.') && (j == 0 || y[j - 1] == '.'))
			shared = i;
	}
	return x + shared;
}

static size_t
labels_shared(const char *x, const char *y)
{
	const char *shared = domain_shared(x, y);
	size_t n = *shared != '\0';

	for (; *shared != '\0'; shared++)
		n += *shared == '.';
	return n;
}

static bool
is_question_asked(const struct questions *q, const char *name)
{
	return dmarc_answer(name, q->request->known, q->request->n_known) !=
		   NULL ||
	       dmarc_answer(name, q->out, q->n) != NULL;
}

static void
add_question(struct questions *q, const char *name)
{
	if (q->n < q->most && dns_name_valid(name) &&
	    !is_question_asked(q, name))
		q->out[q->n++] =
		    (struct dns_query){.name = name, .type = DNS_TXT};
}

/* All of it, or nothing. */
static void
add_walk(struct questions *q, const char *start)
{
	struct dmarc_step steps[DMARC_WALK_MAX];
	size_t n = dmarc_walk_steps(q->arena, start, steps), new = 0;

	for (size_t i = 0; i < n; i++)
		new += !is_question_asked(q, steps[i].query);
	if (new == 0 || new > q->most - q->n || q->n_walks == q->walks_most)
		return;
	q->n_walks++;
	for (size_t i = 0; i < n; i++)
		add_question(q, steps[i].query);
}

/* Of DMARC, among those known. */
static size_t
questions_asked(const struct dmarc_request *request)
{
	size_t n = 0;

	for (size_t i = 0; i < request->n_known; i++)
		n += request->known[i].type == DNS_TXT &&
		     (str_starts_fold(request->known[i].name, "_dmarc.") ||
			 str_equal_fold(request->known[i].name,
			     request->from->domain));
	return n < DMARC_QUERIES_MAX ? n : DMARC_QUERIES_MAX;
}

size_t
dmarc_queries(struct arena *a, const struct dmarc_request *request,
    struct dns_query out[static DMARC_QUERIES_MAX])
{
	struct questions q = {.arena = a,
	    .request = request,
	    .out = out,
	    .walks_most = DMARC_WALKS_MAX};
	const char *author = request->from->domain;
	const char **domains = identifier_domains(a, request);
	size_t all, least;

	if (author == NULL)
		return 0;
	q.most = DMARC_QUERIES_MAX - questions_asked(request);
	add_walk(&q, author);
	add_question(&q, author);
	all = labels_shared(author, author);
	least = all < LABELS_SHARED ? all : LABELS_SHARED;
	for (size_t shared = all; shared >= least; shared--)
		for (size_t i = 0; i <= request->n_dkim; i++)
			if (domains[i] != NULL &&
			    labels_shared(domains[i], author) == shared)
				add_walk(&q, domains[i]);
	return q.n;
}

/* Does the author's domain exist (RFC 9989 3.2.13)?  A name below it that
   exists says so too. */
enum existence {
	EXISTS,
	EXISTS_NOT,
	EXISTS_PERHAPS
};

static enum existence
author_exists(const struct evaluation *e)
{
	const struct dmarc_request *request = e->request;
	enum existence found = EXISTS_PERHAPS;

	for (size_t i = 0; i < request->n_known; i++) {
		const struct dns_query *answer = &request->known[i];

		if (!domain_within(answer->name, e->author) ||
		    (answer->rc != RC_OK && answer->rc != RC_NONE))
			continue;
		if (!answer->no_such_name)
			return EXISTS;
		if (strcmp(answer->name, e->author) == 0)
			found = EXISTS_NOT;
	}
	return found;
}

static void
set_policy(struct dmarc_result *out, const char *tag, enum dmarc_policy policy)
{
	out->from_tag = tag;
	out->published = policy;
}

/* RFC 9989 4.10.1 */
static void
read_policy_tags(struct evaluation *e, struct dmarc_result *out)
{
	const struct dmarc_record *record = &e->policy->record;
	enum existence existence;

	set_policy(out, "p", record->p);
	if (e->policy == e->walk.own)
		return;
	if (record->sp != DMARC_POLICY_UNSAID)
		set_policy(out, "sp", record->sp);
	if (record->np == DMARC_POLICY_UNSAID)
		return;
	existence = author_exists(e);
	if (existence == EXISTS_NOT)
		set_policy(out, "np", record->np);
	e->policy_unsure =
	    existence == EXISTS_PERHAPS && record->np != out->published;
}

/* RFC 7489 6.6.3; its organization may be another one than ours, which needs a
   list of suffixes to know. */
static enum dmarc_policy
older_policy(const struct evaluation *e, enum dmarc_policy policy)
{
	const struct dmarc_record *record = &e->policy->record;
	enum dmarc_policy older =
	    e->policy != e->walk.own && record->sp != DMARC_POLICY_UNSAID
		? record->sp
		: record->p;

	if (record->percent < 100)
		older = dmarc_policy_lowered(older);
	return older == policy ? DMARC_POLICY_UNSAID : older;
}

static void
find_policy(struct evaluation *e, struct dmarc_result *out)
{
	e->policy = dmarc_walk_policy(&e->walk);
	if (e->policy == NULL)
		return;
	out->policy_domain = e->policy->domain;
	if (!e->policy->record.usable)
		return;
	read_policy_tags(e, out);
	out->policy = e->policy->record.testing
			  ? dmarc_policy_lowered(out->published)
			  : out->published;
	out->older = older_policy(e, out->policy);
}

static const char *
walk_problem(const struct dmarc_walk *walk)
{
	return walk->problem != NULL ? walk->problem
				     : "questions were not asked";
}

/* Can it be the organization of the start, or below it? */
static bool
may_be_within_org(const char *domain, const struct dmarc_walk *walk)
{
	return walk->org == NULL || domain_within(domain, walk->org);
}

static bool
have_one_org(const struct dmarc_walk *x, const struct dmarc_walk *y)
{
	return x->org != NULL && y->org != NULL && strcmp(x->org, y->org) == 0;
}

/* Relaxed: by the organization of each, which takes a walk of its own.  If they
   have the same one, it is above both, or what they share; and where a walk has
   failed, it tells how far above that can be. */
static enum alignment
organization_alignment(struct evaluation *e, const char *domain)
{
	const char *shared = domain_shared(e->author, domain);
	struct dmarc_walk walk;

	dmarc_walk_take(e->arena, domain, e->request->known,
	    e->request->n_known, &walk);
	if (*shared == '\0' || !may_be_within_org(shared, &e->walk) ||
	    !may_be_within_org(shared, &walk))
		return ALIGNED_NOT;
	if (e->walk.end != DMARC_WALK_WHOLE) {
		e->problem = walk_problem(&e->walk);
		return ALIGNED_PERHAPS;
	}
	if (walk.end == DMARC_WALK_WHOLE)
		return have_one_org(&walk, &e->walk) ? ALIGNED : ALIGNED_NOT;
	if (walk.end == DMARC_WALK_UNASKED && !e->more)
		return ALIGNED_NOT;
	e->problem = walk_problem(&walk);
	return ALIGNED_PERHAPS;
}

static enum alignment
identifier_alignment(struct evaluation *e, const struct dmarc_identifier *it,
    bool strict)
{
	const char *domain = identifier_domain(e->arena, it);

	if (domain == NULL)
		return ALIGNED_NOT;
	if (strcmp(domain, e->author) == 0)
		return ALIGNED;
	return strict ? ALIGNED_NOT : organization_alignment(e, domain);
}

/* True: it passes, and speaks for the author.  *unsure: it might. */
static bool
is_identifier_aligned(struct evaluation *e, const struct dmarc_identifier *it,
    bool strict, bool *unsure)
{
	enum alignment alignment = identifier_alignment(e, it, strict);

	if (alignment == ALIGNED && it->auth == DMARC_AUTH_PASSED)
		return true;
	if (alignment != ALIGNED_NOT)
		*unsure = true;
	if (alignment == ALIGNED && e->problem == NULL)
		e->problem = arena_printf(e->arena,
		    "a temporary error of %s, which would align",
		    identifier_domain(e->arena, it));
	return false;
}

static void
temporary_error(struct dmarc_result *out, const char *problem)
{
	out->verdict = DMARC_TEMPERROR;
	out->problem = problem;
}

static void
judge_identifiers(struct evaluation *e, struct dmarc_result *out)
{
	const struct dmarc_request *request = e->request;
	const struct dmarc_record *record = &e->policy->record;
	bool *aligned = arena_take_array(e->arena, request->n_dkim + 1,
		 sizeof(*aligned)),
	     any, unsure = false;

	any = out->spf_aligned = is_identifier_aligned(e, &request->spf,
	    record->spf_strict, &unsure);
	for (size_t i = 0; i < request->n_dkim; i++)
		any |= aligned[i] = is_identifier_aligned(e, &request->dkim[i],
		    record->dkim_strict, &unsure);
	out->dkim_aligned = aligned;
	if (any)
		out->verdict = DMARC_PASS;
	else if (unsure)
		temporary_error(out, e->problem);
	else if (e->policy_unsure)
		temporary_error(out,
		    arena_printf(e->arena, "nobody knows now whether %s exists",
			e->author));
	else
		out->verdict = DMARC_FAIL;
}

size_t
dmarc_more(struct arena *a, const struct dmarc_request *request,
    struct dns_query out[static DMARC_QUERIES_MAX])
{
	struct questions q = {
	    .arena = a, .request = request, .out = out, .walks_most = SIZE_MAX};
	const char *author = request->from->domain;
	const char **domains = identifier_domains(a, request);
	const struct dmarc_step *policy;
	struct dmarc_walk walk;

	if (author == NULL)
		return 0;
	q.most = DMARC_QUERIES_MAX - questions_asked(request);
	dmarc_walk_take(a, author, request->known, request->n_known, &walk);
	if (walk.end == DMARC_WALK_UNASKED)
		return dmarc_queries(a, request, out);
	policy = dmarc_walk_policy(&walk);
	if (walk.end == DMARC_WALK_FAILED || policy == NULL)
		return 0;
	for (size_t i = 0; i <= request->n_dkim; i++)
		if (domains[i] != NULL && strcmp(domains[i], author) != 0 &&
		    domain_within(domains[i], walk.org) &&
		    !(i == 0 ? policy->record.spf_strict
			     : policy->record.dkim_strict))
			add_walk(&q, domains[i]);
	return q.n;
}

static void
show_walk(const struct evaluation *e, struct dmarc_result *out)
{
	const char **names =
	    arena_take_array(e->arena, DMARC_WALK_MAX, sizeof(*names));

	for (size_t i = 0; i < e->walk.n; i++)
		names[i] = e->walk.steps[i].query;
	out->author_walk = names;
	out->n_walk = e->walk.n;
	if (e->walk.end == DMARC_WALK_WHOLE)
		out->org = e->walk.org;
}

static void
evaluate_walk(struct evaluation *e, struct dmarc_result *out)
{
	struct dns_query more[DMARC_QUERIES_MAX];

	show_walk(e, out);
	find_policy(e, out);
	if (e->policy == NULL && e->walk.end != DMARC_WALK_WHOLE)
		temporary_error(out, walk_problem(&e->walk));
	else if (e->policy == NULL)
		out->problem = "no DMARC record";
	else if (out->from_tag == NULL)
		out->problem = arena_printf(e->arena,
		    "the record of %s has no policy that is one",
		    e->policy->domain);
	else {
		e->more = dmarc_more(e->arena, e->request, more) > 0;
		judge_identifiers(e, out);
	}
}

void
dmarc_evaluate(struct arena *a, const struct dmarc_request *request,
    struct dmarc_result *out)
{
	struct evaluation e = {
	    .arena = a, .request = request, .author = request->from->domain};

	*out = (struct dmarc_result){.from_domain = e.author};
	out->dkim_aligned = arena_take_array(a, request->n_dkim + 1,
	    sizeof(*out->dkim_aligned));
	if (e.author == NULL) {
		out->problem = request->from->problem;
		return;
	}
	dmarc_walk_take(a, e.author, request->known, request->n_known, &e.walk);
	evaluate_walk(&e, out);
}

const char *
dmarc_verdict_name(enum dmarc_verdict verdict)
{
	static const char *const names[DMARC_VERDICTS] = {
	    [DMARC_NONE] = "none",
	    [DMARC_PASS] = "pass",
	    [DMARC_FAIL] = "fail",
	    [DMARC_TEMPERROR] = "temperror",
	};

	return names[verdict];
}
