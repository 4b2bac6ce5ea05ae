/* SPDX-License-Identifier: MIT */
#include "policy/judge.h"

#include "auth/received_spf.h"
#include "base/clock.h"
#include "base/str.h"
#include "policy/list_name.h"
#include "policy/private/check_choice.h"
#include "policy/private/known_names.h"

#include <string.h>

/* How much of a list's own words goes into an answer. */
#define TEXT_SHOWN 160

/* Selects the checks to run, and notes the others as skipped. */
static void
choose_checks(struct check_run *run, bool chosen[CHECKS])
{
	check_choose(run, chosen);
	for (size_t i = 0; i < CHECKS; i++) {
		const char *skipped = NULL;

		if (chosen[i])
			skipped = check_why_skipped(run, (enum check_id)i);
		if (skipped == NULL)
			continue;
		chosen[i] = false;
		check_found(run, (enum check_id)i, FINDING_SKIPPED, skipped);
	}
}

/* Whether a check that is off for others is on is known only when it is known
   whose mail it is. */
static bool
has_turn(struct check_run *run, bool chosen[CHECKS], enum check_id id)
{
	const char *skipped = NULL;

	if (chosen[id] && run->settings->may_switch_on[id])
		skipped = check_why_skipped(run, id);
	if (skipped != NULL)
		check_found(run, id, FINDING_SKIPPED, skipped);
	chosen[id] &= skipped == NULL;
	return chosen[id];
}

static void
run_local(struct check_run *run, bool chosen[CHECKS])
{
	for (size_t i = 0; i < CHECKS; i++)
		if (checks[i]->ask == NULL && !checks[i]->is_last &&
		    has_turn(run, chosen, (enum check_id)i))
			checks[i]->judge(run);
}

static void
run_dns(struct check_run *run, bool chosen[CHECKS])
{
	run->now = clock_ms();
	for (size_t i = 0; i < CHECKS; i++)
		if (checks[i]->ask != NULL &&
		    has_turn(run, chosen, (enum check_id)i))
			checks[i]->ask(run);
	/* It is told in the header, also if no check wants it. */
	check_author_ask(run);
	check_iprev_ask_of_message(run);
	if (run->queries.n > 0)
		dns_ask(run->dns, run->arena, run->queries.all, run->queries.n,
		    run->deadline);
	for (size_t i = 0; i < CHECKS; i++)
		if (chosen[i] && checks[i]->ask != NULL)
			checks[i]->judge(run);
}

static struct verdict
verdict_so_far(const struct check_run *run, bool with_shadow)
{
	return verdict_of(run->findings, run->n_findings,
	    run->settings->reject_at, with_shadow);
}

/* Those that only matter if nothing is against the mail, one after the other.
 */
static void
run_last(struct check_run *run, bool chosen[CHECKS], bool thorough)
{
	for (size_t i = 0; i < CHECKS; i++)
		if (checks[i]->is_last &&
		    (thorough ||
			verdict_so_far(run, false).action == VERDICT_ACCEPT) &&
		    has_turn(run, chosen, (enum check_id)i))
			checks[i]->judge(run);
}

/* Asks for the list's own words only now that they are needed: a TXT question
   for each list in advance would double what lists have to answer. */
static void
add_text(struct check_run *run, struct verdict *v)
{
	struct dns_query q = {.type = DNS_TXT};
	const char *text;

	if (v->decider == NULL || v->decider->text_at == NULL)
		return;
	q.name = v->decider->text_at;
	q.resolver = v->decider->text_from;
	q.deadline = clock_ms() + run->settings->list_deadline_ms;
	dns_ask(run->dns, run->arena, &q, 1, run->deadline);
	if (q.rc != RC_OK)
		return;
	/* Scrubs the whole text before it is cut: half a key is a key too. */
	text = list_name_scrub(run->arena, run->settings->lists,
	    run->settings->n_lists,
	    str_printable(run->arena, q.records[0].text, q.records[0].text_len,
		SIZE_MAX));
	text = str_printable(run->arena, text, strlen(text), TEXT_SHOWN);
	v->reply.text = arena_printf(run->arena, "%s; %s", v->reply.text, text);
}

static const struct spf_result *
spf_of(const struct check_run *run)
{
	const struct transaction *m = run->transaction;

	if (m == NULL || !m->has_mailfrom)
		return NULL;
	return m->has_helo && m->helo.verdict == SPF_FAIL ? &m->helo
							  : &m->mailfrom;
}

/* Returns the header to add; NULL: none.  Postfix adds it again for each
   recipient for which it is told to, so it is told once. */
static const char *
header_of(struct check_run *run)
{
	const struct spf_result *spf = spf_of(run);
	const struct facts *facts = run->facts;
	const struct spf_request request = {
	    .client = facts->client,
	    .helo = facts->helo,
	    .sender = facts->from.text,
	    .receiver = run->settings->hostname,
	};

	if (spf == NULL || !run->settings->spf.header ||
	    run->transaction->header_given ||
	    facts->state == SMTP_END_OF_MESSAGE)
		return NULL;
	run->transaction->header_given = true;
	return received_spf_field(run->arena, &request, spf, " ");
}

/* What a message that is accepted will tell of itself. */
static void
tell_of_message(struct check_run *run, struct judgement *out)
{
	out->author = check_author_results(run);
	out->spf = check_spf_of_message(run);
	out->iprev = check_iprev_of_message(run);
	out->fate = run->fate;
	out->queries = run->queries.all;
	out->n_queries = run->queries.n;
}

static int64_t
deadline_of(const struct judge *judge)
{
	int64_t began = judge->began != 0 ? judge->began : clock_ms();
	int64_t deadline = began + judge->settings->deadline_ms;

	return judge->deadline != 0 && judge->deadline < deadline
		   ? judge->deadline
		   : deadline;
}

static void
run_checks(struct check_run *run, bool thorough)
{
	bool chosen[CHECKS];

	run->passes = run->facts->message.passes;
	if (run->facts->message.known)
		run->choices = run->facts->message.choices;
	run->choices_known = false;
	choose_checks(run, chosen);
	run->choices_known = true;
	run_local(run, chosen);
	if (thorough || verdict_so_far(run, false).action != VERDICT_REJECT)
		run_dns(run, chosen);
	run_last(run, chosen, thorough);
}

/* Nobody is refused on what a member has said before, but not now. */
static void
run_checks_again(struct check_run *run, bool thorough)
{
	if (verdict_so_far(run, false).action == VERDICT_ACCEPT ||
	    run->facts->message.known || !check_member_changed(run))
		return;
	run->findings = NULL;
	run->n_findings = run->findings_room = 0;
	run->queries = (struct queries){0};
	run->author_asked = NULL;
	run->author = NULL;
	run->iprev = NULL;
	memset(run->asked, 0, sizeof(run->asked));
	run_checks(run, thorough);
}

void
judge_facts(const struct judge *judge, const struct facts *facts,
    struct transaction *transaction, struct arena *a, struct judgement *out)
{
	struct known_names names = {.n = 0};
	struct check_run run = {
	    .settings = judge->settings,
	    .facts = facts,
	    .names = &names,
	    .store = judge->store,
	    .forwards = judge->forwards,
	    .dns = judge->dns,
	    .spf = judge->spf,
	    .tries = judge->tries,
	    .greylist = judge->greylist,
	    .rates = judge->rates,
	    .takes = judge->takes && judge->rates != NULL,
	    .looks_only = judge->thorough,
	    .authentication = judge->authentication,
	    .deadline = deadline_of(judge),
	    .arena = a,
	    .transaction = transaction,
	};

	store_set_deadline(run.deadline);
	if (transaction != NULL)
		transaction_meet(transaction, a, facts);
	run_checks(&run, judge->thorough);
	run_checks_again(&run, judge->thorough);
	*out = (struct judgement){
	    .verdict = verdict_so_far(&run, false),
	    .unshadowed = verdict_so_far(&run, true),
	    .findings = run.findings,
	    .n_findings = run.n_findings,
	    .queries = run.queries.all,
	    .n_queries = run.queries.n,
	    .spf = spf_of(&run),
	    .iprev = run.iprev,
	    .account = run.account,
	    .choices = run.choices,
	    .trouble = run.trouble,
	    .notes = run.notes,
	    .n_notes = run.n_notes,
	};
	if (out->verdict.action != VERDICT_ACCEPT)
		check_rates_give_back(&run);
	if (facts->message.known)
		tell_of_message(&run, out);
	add_text(&run, &out->verdict);
	store_set_deadline(INT64_MAX);
	if (out->verdict.action == VERDICT_ACCEPT)
		out->header = header_of(&run);
}
