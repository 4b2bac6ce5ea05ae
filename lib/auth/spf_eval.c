/* SPDX-License-Identifier: MIT */
#include "auth/private/spf_eval.h"

#include "base/clock.h"
#include "base/str.h"

#include <string.h>

/* Of a term not yet begun: its own question and one for each host. */
#define QUERIES_PER_TERM (1 + SPF_HOSTS_MAX)

void
spf_eval_stop(struct spf_eval *e, enum spf_verdict verdict, const char *format,
    ...)
{
	va_list args;

	if (e->stopped)
		return;
	e->stopped = true;
	e->verdict = verdict;
	va_start(args, format);
	e->problem = arena_vprintf(e->arena, format, args);
	va_end(args);
}

static void
stop_if_over(struct spf_eval *e)
{
	if (e->dns.over)
		spf_eval_stop(e, SPF_PERMERROR, "more than %d DNS questions",
		    SPF_QUERIES_MAX);
	else if (clock_ms() >= e->dns.deadline)
		spf_eval_stop(e, SPF_TEMPERROR, "DNS took too long");
}

static void
count_void(struct spf_eval *e)
{
	if (++e->voids > SPF_VOIDS_MAX)
		spf_eval_stop(e, SPF_PERMERROR,
		    "more than %d terms find nothing in DNS", SPF_VOIDS_MAX);
}

/* The answer; NULL: the check is stopped. */
static const struct dns_query *
spf_eval_query(struct spf_eval *e, const char *name, enum dns_type type)
{
	const struct dns_query *q = spf_dns_ask(&e->dns, name, type);

	if (q == NULL)
		stop_if_over(e);
	else if (q->rc == RC_TEMP)
		spf_eval_stop(e, SPF_TEMPERROR, "%s %s: %s",
		    dns_type_name(type), name, q->problem);
	return e->stopped ? NULL : q;
}

struct spf_level *
spf_eval_open(struct spf_eval *e, const char *domain, size_t depth)
{
	struct spf_level *level = &e->levels[e->n_levels];
	const struct dns_record *found = NULL;
	const struct dns_query *q;
	struct err err;

	e->dns.indent = depth * 2;
	q = spf_eval_query(e, domain, DNS_TXT);
	for (size_t i = 0; q != NULL && i < q->n; i++) {
		const struct dns_record *r = &q->records[i];

		if (!spf_record_is(r->text, r->text_len))
			continue;
		if (found != NULL) /* RFC 7208 4.5 */
			spf_eval_stop(e, SPF_PERMERROR,
			    "%s has more than one SPF record", domain);
		found = r;
	}
	if (found == NULL || e->stopped)
		return NULL;
	*level = (struct spf_level){.domain = domain, .depth = depth};
	if (spf_record_read(e->arena, found->text, found->text_len,
		&level->record, &err) != RC_OK) {
		spf_eval_stop(e, SPF_PERMERROR, "%s: %s", domain, err.text);
		return NULL;
	}
	e->n_levels++;
	return level;
}

bool
spf_eval_asks(enum spf_kind kind)
{
	return kind != SPF_ALL && kind != SPF_IP4 && kind != SPF_IP6;
}

bool
spf_eval_covers(const struct spf_eval *e, const struct spf_term *term)
{
	return term->kind == SPF_ALL ||
	       (!spf_eval_asks(term->kind) &&
		   ip_net_has(&term->net, &e->values.client));
}

unsigned
spf_eval_bits(const struct spf_eval *e, const struct spf_term *term)
{
	return e->values.client.version == 4 ? term->bits4 : term->bits6;
}

static bool
is_name_within(const char *name, const char *parent)
{
	size_t n = strlen(name), m = strlen(parent);

	return str_ends_fold(name, parent) &&
	       (n == m || name[n - m - 1] == '.');
}

/* RFC 7208 7.3: the domain itself, or else a name below it, or else any. */
static const char *
best_name(const struct spf_names *names, const char *domain)
{
	const char *below = NULL;

	for (size_t i = 0; i < names->n; i++) {
		if (str_equal_fold(names->names[i], domain))
			return names->names[i];
		if (below == NULL && is_name_within(names->names[i], domain))
			below = names->names[i];
	}
	if (below != NULL)
		return below;
	return names->n > 0 ? names->names[0] : "unknown";
}

void
spf_eval_values(struct spf_eval *e, const struct spf_level *level,
    const char *text)
{
	e->values.domain = level->domain;
	if (spf_macro_has(text, "slhrt"))
		e->personal = true;
	if (!spf_macro_has(text, "p"))
		return;
	e->values.name = best_name(spf_dns_names(&e->dns), level->domain);
	stop_if_over(e);
}

enum rc
spf_eval_target(struct spf_eval *e, const struct spf_level *level,
    const char *spec, const char **out)
{
	*out = level->domain;
	if (spec == NULL)
		return RC_OK;
	spf_eval_values(e, level, spec);
	return spf_macro_target(e->arena, spec, &e->values, out);
}

static enum dns_type
mechanism_dns_type(const struct spf_eval *e, enum spf_kind kind)
{
	switch (kind) {
	case SPF_A:
		return spf_dns_address_type(&e->dns);
	case SPF_MX:
		return DNS_MX;
	case SPF_PTR:
		return DNS_PTR;
	case SPF_INCLUDE:
	case SPF_REDIRECT:
		return DNS_TXT;
	case SPF_ALL:
	case SPF_IP4:
	case SPF_IP6:
	case SPF_EXISTS:
		break;
	}
	return DNS_A; /* RFC 7208 5.7: for an IPv6 client too */
}

void
spf_eval_ahead(struct spf_eval *e, const struct spf_level *level,
    const struct spf_term *const *terms, size_t n)
{
	struct dns_query queries[SPF_TERMS_MAX] = {0};
	size_t left = SPF_TERMS_MAX - e->terms, n_queries = 0;

	for (size_t i = 0; i < n && i < left; i++) {
		const char *spec = terms[i]->spec;
		struct dns_query *q = &queries[n_queries];

		q->type = mechanism_dns_type(e, terms[i]->kind);
		if (terms[i]->kind == SPF_PTR)
			q->name = spf_dns_reverse(&e->dns);
		else if ((spec != NULL && spf_macro_has(spec, "p")) ||
			 spf_eval_target(e, level, spec, &q->name) != RC_OK)
			continue; /* %{p} is not known yet */
		n_queries++;
	}
	if (n_queries > 1)
		spf_dns_ahead(&e->dns, queries, n_queries,
		    QUERIES_PER_TERM * left);
}

/* Tells of a term, and that those before it did not match. */
static void
trace_term(struct spf_eval *e, struct spf_level *level,
    const struct spf_term *term)
{
	const struct spf_record *r = &level->record;
	size_t indent = level->depth * 2 + 1, n = r->n;

	if (e->trace.arena == NULL)
		return;
	e->dns.indent = indent + 1;
	if (term != NULL && term != r->redirect)
		n = (size_t)(term - r->terms);
	for (; level->told < n; level->told++)
		spf_trace(&e->trace, indent, "%s: no match",
		    r->terms[level->told].text);
	if (term != NULL && spf_eval_asks(term->kind))
		spf_trace(&e->trace, indent, "%s (lookup %u)", term->text,
		    e->terms);
	else if (term != NULL)
		spf_trace(&e->trace, indent, "%s: match", term->text);
}

bool
spf_eval_begin(struct spf_eval *e, struct spf_level *level,
    const struct spf_term *term)
{
	if (level->depth == 0) {
		e->top = level;
		e->term = term;
	}
	if (term != NULL && spf_eval_asks(term->kind) &&
	    ++e->terms > SPF_TERMS_MAX)
		spf_eval_stop(e, SPF_PERMERROR,
		    "more than %d terms that ask DNS", SPF_TERMS_MAX);
	stop_if_over(e);
	trace_term(e, level, term);
	return !e->stopped;
}

static struct spf_found
find_hosts(struct spf_eval *e, const struct spf_term *term,
    const struct dns_query *mx)
{
	struct dns_query queries[SPF_HOSTS_MAX] = {0};
	struct spf_found found = {0};

	if (mx->n > SPF_HOSTS_MAX) {
		spf_eval_stop(e, SPF_PERMERROR,
		    "%s has more than %d MX records", mx->name, SPF_HOSTS_MAX);
		return found;
	}
	for (size_t i = 0; i < mx->n; i++) {
		queries[i].name = mx->records[i].name;
		queries[i].type = spf_dns_address_type(&e->dns);
	}
	spf_dns_ahead(&e->dns, queries, mx->n,
	    QUERIES_PER_TERM * (SPF_TERMS_MAX - e->terms));
	if (spf_eval_bits(e, term) > 0)
		found.answer = mx;
	for (size_t i = 0; i < mx->n && found.answer == NULL && !e->stopped;
	     i++)
		if (spf_eval_host(e, mx->records[i].name).answer != NULL)
			return (struct spf_found){.matches = true};
	return found;
}

static struct spf_found
find_ptr(struct spf_eval *e, const char *target)
{
	const struct spf_names *names = spf_dns_names(&e->dns);
	struct spf_found found = {0};

	stop_if_over(e);
	if (names->none)
		count_void(e);
	for (size_t i = 0; i < names->n && !found.matches; i++)
		found.matches = is_name_within(names->names[i], target);
	return found;
}

struct spf_found
spf_eval_find(struct spf_eval *e, const struct spf_level *level,
    const struct spf_term *term)
{
	struct spf_found found = {.matches = !spf_eval_asks(term->kind)};
	const struct dns_query *q;
	const char *target;

	if (found.matches || spf_eval_target(e, level, term->spec, &target))
		return found;
	if (term->kind == SPF_PTR)
		return find_ptr(e, target);
	q = spf_eval_query(e, target, mechanism_dns_type(e, term->kind));
	if (q != NULL && q->rc == RC_NONE)
		count_void(e);
	if (q == NULL || q->rc != RC_OK)
		return found;
	if (term->kind == SPF_MX)
		return find_hosts(e, term, q);
	found.answer = q;
	found.matches = term->kind == SPF_EXISTS || spf_eval_bits(e, term) == 0;
	return found;
}

struct spf_found
spf_eval_host(struct spf_eval *e, const char *host)
{
	const struct dns_query *q =
	    spf_eval_query(e, host, spf_dns_address_type(&e->dns));
	struct spf_found found = {0};

	if (q != NULL && q->rc == RC_OK)
		found.answer = q;
	return found;
}

struct spf_level *
spf_eval_follow(struct spf_eval *e, const struct spf_level *level,
    const struct spf_term *term)
{
	size_t depth = level->depth + (term->kind == SPF_INCLUDE);
	struct spf_level *next = NULL;
	const char *target;
	enum rc rc = spf_eval_target(e, level, term->spec, &target);

	/* RFC 7208 4.3, 5.2, 6.1: what is no domain has no record, and that
	   is an error here. */
	if (rc == RC_OK && strchr(target, '.') != NULL)
		next = spf_eval_open(e, target, depth);
	if (next == NULL && rc == RC_OK)
		spf_eval_stop(e, SPF_PERMERROR, "%s: no SPF record at %s",
		    term->text, target);
	else if (rc == RC_PERM)
		spf_eval_stop(e, SPF_PERMERROR, "%s: no domain name",
		    term->text);
	return next;
}
