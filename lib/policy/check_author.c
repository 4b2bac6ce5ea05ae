/* SPDX-License-Identifier: MIT */
/* Who has written a message: its From field, DKIM, DMARC. */
#include "policy/private/check_rows.h"

#include "auth/authentication.h"
#include "base/clock.h"
#include "mail/domain.h"

/* Questions of this message that wait for their answers. */
struct author_queries {
	size_t at, n; /* their places in run->queries */
};

/* The identity that SPF is about (RFC 7208 2.4); NULL: none. */
static const char *
spf_domain_of(const struct check_run *run)
{
	const struct facts *facts = run->facts;

	return facts->from.text != NULL && facts->from.text[0] == '\0'
		   ? facts->helo_domain
		   : facts->from.domain;
}

void
check_author_ask(struct check_run *run)
{
	struct dns_query asked[AUTHENTICATION_QUERIES_MAX];
	struct author_queries *q;
	size_t n;

	if (run->authentication == NULL || run->author_asked != NULL)
		return;
	check_spf_ask_of_message(run);
	n = authentication_queries(run->authentication, run->arena,
	    spf_domain_of(run), asked);
	q = arena_take(run->arena, sizeof(*q));
	q->at = run->queries.n;
	for (size_t i = 0; i < n; i++)
		queries_add(&run->queries, run->arena, asked[i].name,
		    asked[i].type);
	q->n = n;
	run->author_asked = q;
}

/* The few that nobody could know before. */
static void
ask_more(struct check_run *run, struct authentication_answers *answers)
{
	struct dns_query more[DMARC_QUERIES_MAX];
	size_t before = run->queries.n;
	size_t n =
	    authentication_more(run->authentication, run->arena, answers, more);

	for (size_t i = 0; i < n; i++)
		queries_add(&run->queries, run->arena, more[i].name,
		    more[i].type);
	if (n > 0)
		dns_ask(run->dns, run->arena, run->queries.all + before, n,
		    run->deadline);
	answers->queries = run->queries.all;
	answers->n = run->queries.n;
}

const struct authentication_results *
check_author_results(struct check_run *run)
{
	struct authentication_results *results;
	struct authentication_answers answers = {
	    .arrival = clock_now(),
	};
	const struct spf_result *spf;

	if (run->author != NULL || run->author_asked == NULL)
		return run->author;
	spf = check_spf_mailfrom_of_message(run);
	if (spf != NULL)
		answers.spf = dmarc_identifier_of_spf(spf);
	answers.queries = run->queries.all;
	answers.n = run->queries.n;
	ask_more(run, &answers);
	results = arena_take(run->arena, sizeof(*results));
	authentication_evaluate(run->authentication, run->arena, &answers,
	    results);
	run->author = results;
	return results;
}

/* ---- the checks */

static bool
check_author_applies(const struct check_run *run)
{
	return run->authentication != NULL;
}

/* Old mail servers sign their notifications with a bare "MAILER-DAEMON", or
   with nothing: that is nobody's name, and the bounce would be lost. */
static bool
is_notification_of_nobody(const struct check_run *run,
    const struct from_field *from)
{
	return from->kind == FROM_FIELD_NONE && run->facts->from.text != NULL &&
	       run->facts->from.text[0] == '\0';
}

static void
check_from_header_judge(struct check_run *run)
{
	const struct from_field *from =
	    authentication_from(run->authentication);
	struct finding *f;

	if (from->kind == FROM_FIELD_ONE) {
		check_found(run, CHECK_FROM_HEADER, FINDING_FINE,
		    arena_printf(run->arena, "the author is at %s",
			from->domain));
		return;
	}
	if (is_notification_of_nobody(run, from)) {
		check_found(run, CHECK_FROM_HEADER, FINDING_FINE,
		    "a notification of nobody");
		return;
	}
	f = check_found(run, CHECK_FROM_HEADER, FINDING_HIT, from->problem);
	/* RFC 9989 11.5 */
	f->reply = (struct reply){550, "7.1",
	    arena_printf(run->arena, "The field From must name one author: %s",
		from->problem)};
}

static const char *
describe_signature(struct arena *a, const struct dkim_result *r)
{
	const char *verdict = dkim_verdict_name(r->verdict);
	const char *domain =
	    r->domain == NULL ? "an unknown domain" : r->domain;

	return r->problem == NULL ? arena_printf(a, "%s of %s", verdict, domain)
				  : arena_printf(a, "%s of %s: %s", verdict,
					domain, r->problem);
}

static const char *
describe_signatures(struct arena *a, const struct authentication_results *au)
{
	const struct dkim_result *shown = &au->dkim[0];

	for (size_t i = 0; i < au->n_dkim; i++)
		if (au->dkim[i].verdict == au->dkim_verdict) {
			shown = &au->dkim[i];
			break;
		}
	return au->n_dkim == 1 ? describe_signature(a, shown)
			       : arena_printf(a, "%s, of %zu signatures",
				     describe_signature(a, shown), au->n_dkim);
}

/* A signature that does not hold is as if it were not there (RFC 6376 6.1):
   that is worth a few points to who wants them, and no more. */
static void
check_dkim_judge(struct check_run *run)
{
	const struct authentication_results *au = check_author_results(run);
	struct finding *f;
	const char *why;

	if (au->n_dkim == 0) {
		check_found(run, CHECK_DKIM, FINDING_FINE, "no signature");
		return;
	}
	why = describe_signatures(run->arena, au);
	if (au->dkim_verdict == DKIM_PASS) {
		check_found(run, CHECK_DKIM, FINDING_FINE, why);
		return;
	}
	if (au->dkim_verdict == DKIM_TEMPERROR) {
		f = check_found(run, CHECK_DKIM, FINDING_TEMP, why);
		f->reply = (struct reply){
		    451, "7.5", "A DKIM key cannot be had for the time being"};
		return;
	}
	f = check_found(run, CHECK_DKIM, FINDING_HIT, why);
	f->reply = (struct reply){550, "7.20", "No DKIM signature of it holds"};
}

static void
check_dmarc_hit(struct check_run *run, const struct dmarc_result *dmarc,
    const char *why)
{
	struct finding *f = check_found(run, CHECK_DMARC, FINDING_HIT, why);

	f->reply = (struct reply){550, "7.26",
	    arena_printf(run->arena,
		"DMARC of %s fails: neither SPF nor DKIM shows that it is the "
		"author",
		dmarc->from_domain)};
}

/* The trusted list at or above the domain; NULL: there is none. */
static const char *
trusted_list_of(const struct policy_settings *s, const char *domain)
{
	for (size_t i = 0; i < s->n_trusted_lists; i++)
		if (domain_within(domain, s->trusted_lists[i]))
			return s->trusted_lists[i];
	return NULL;
}

/* The trusted list that has sent the message, as its signature or SPF shows; a
   List-Id anybody can write.  NULL: none. */
static const char *
trusted_list_that_sent(struct arena *a, const struct policy_settings *settings,
    const struct authentication_results *au, const struct spf_result *spf)
{
	const char *list = NULL, *domain;

	for (size_t i = 0; i < au->n_dkim && list == NULL; i++)
		if (au->dkim[i].verdict == DKIM_PASS &&
		    au->dkim[i].body_unsigned == 0)
			list = trusted_list_of(settings, au->dkim[i].domain);
	if (list == NULL && spf != NULL && spf->verdict == SPF_PASS &&
	    spf->domain != NULL &&
	    domain_read(a, spf->domain, &domain, NULL) == RC_OK)
		list = trusted_list_of(settings, domain);
	return list;
}

const char *
check_author_vouched(struct arena *a, const struct policy_settings *settings,
    const struct authentication_results *au, const struct spf_result *spf)
{
	const char *list;

	if (au->arc_trusted != NULL)
		return arena_printf(a, "%s, whose seal is trusted, saw it pass",
		    au->arc_trusted);
	list = trusted_list_that_sent(a, settings, au, spf);
	return list == NULL
		   ? NULL
		   : arena_printf(a, "it came by the list %s, which is trusted",
			 list);
}

static void
check_dmarc_failed(struct check_run *run,
    const struct authentication_results *au, const char *why)
{
	const char *spared = check_author_vouched(run->arena, run->settings, au,
	    check_spf_mailfrom_of_message(run));

	if (au->dmarc.policy == DMARC_POLICY_NONE)
		check_found(run, CHECK_DMARC, FINDING_FINE, why);
	else if (spared != NULL)
		check_found(run, CHECK_DMARC, FINDING_FINE,
		    arena_printf(run->arena, "%s; but %s", why, spared));
	else
		check_dmarc_hit(run, &au->dmarc, why);
}

static void
check_dmarc_judge(struct check_run *run)
{
	const struct authentication_results *au = check_author_results(run);
	const struct dmarc_result *dmarc = &au->dmarc;
	const char *verdict = dmarc_verdict_name(dmarc->verdict);
	const char *policy = dmarc_policy_name(dmarc->policy), *why;
	struct finding *f;

	switch (dmarc->verdict) {
	case DMARC_NONE:
		check_found(run, CHECK_DMARC, FINDING_FINE,
		    arena_printf(run->arena, "none: %s", dmarc->problem));
		return;
	case DMARC_TEMPERROR:
		f = check_found(run, CHECK_DMARC, FINDING_TEMP,
		    arena_printf(run->arena, "temperror: %s", dmarc->problem));
		f->reply = (struct reply){451, "7.5",
		    arena_printf(run->arena,
			"DMARC of %s cannot be evaluated for the time being",
			dmarc->from_domain)};
		return;
	case DMARC_PASS:
	case DMARC_FAIL:
		why = arena_printf(run->arena, "%s; the policy of %s is %s",
		    verdict, dmarc->policy_domain, policy);
		if (dmarc->verdict == DMARC_FAIL)
			check_dmarc_failed(run, au, why);
		else
			check_found(run, CHECK_DMARC, FINDING_FINE, why);
	}
}

const struct check check_from_header = {
    .stage = CHECK_AT_MESSAGE,
    .def = CHECK_REJECTS,
    .applies = check_author_applies,
    .judge = check_from_header_judge,
};

/* Until it is known what becomes of a forwarded copy, nobody is refused for
   what RFC 9989 7.4 leaves to who knows more. */
#define CHECK_SCORES_IN_SHADOW(n)                                              \
	{                                                                      \
		.action = ACTION_SCORE, .shadow = true, .points = (n)          \
	}

const struct check check_dkim = {
    .stage = CHECK_AT_MESSAGE,
    .def = CHECK_SCORES_IN_SHADOW(2),
    .applies = check_author_applies,
    .ask = check_author_ask,
    .judge = check_dkim_judge,
};

const struct check check_dmarc = {
    .stage = CHECK_AT_MESSAGE,
    .def = CHECK_SCORES_IN_SHADOW(CHECK_POINTS),
    .applies = check_author_applies,
    .ask = check_author_ask,
    .judge = check_dmarc_judge,
};
