/* SPDX-License-Identifier: MIT */
/* Has the sender been here before? (policy/greylist.h) */
#include "policy/private/check_choice.h"

#include "policy/greylist.h"
#include "policy/verdict.h"

#include <string.h>

/* Nobody repeats a question about an address, and notifications are asked about
   with the null sender: who verifies a sender at us would be told that there is
   none. */
static bool
check_greylist_applies(const struct check_run *run)
{
	const struct facts *facts = run->facts;

	if (facts->client.version == 0 || facts->from.text == NULL ||
	    facts->from.text[0] == '\0' || check_client_is_us(run))
		return false;
	return run->settings->greylist.at_message
		   ? facts->message.known && !facts->message.from_here
		   : facts->state == SMTP_RCPT && facts->recipient != NULL;
}

/* The domain of a signature that passes, that of the author first; NULL: there
   is none. */
static const char *
signing_domain_of(struct check_run *run)
{
	const struct authentication_results *au = check_author_results(run);
	const char *domain = NULL;

	for (size_t i = 0; au != NULL && i < au->n_dkim; i++)
		if (au->dkim[i].verdict == DKIM_PASS &&
		    (domain == NULL || au->dmarc.dkim_aligned[i])) {
			domain = au->dkim[i].domain;
			if (au->dmarc.dkim_aligned[i])
				break;
		}
	return domain;
}

/* Who vouches for the mail; NULL: nobody. */
static const char *
domain_vouched(struct check_run *run)
{
	const struct spf_result *spf;
	const char *domain = signing_domain_of(run);

	if (domain != NULL)
		return domain;
	spf = run->facts->message.known ? check_spf_mailfrom_of_message(run)
					: check_spf_mailfrom(run);
	return spf != NULL && spf->verdict == SPF_PASS ? spf->domain : NULL;
}

static struct greylist_question
question_of(struct check_run *run)
{
	struct arena *a = run->arena;
	const struct facts *facts = run->facts;
	const char *sender =
	    facts->sender_key != NULL ? facts->sender_key : facts->from.text;
	struct greylist_question q = {
	    .memory = run->greylist,
	    .store = run->store,
	    .settings = &run->settings->greylist,
	    .who = domain_vouched(run),
	    .note = !run->looks_only,
	    .deadline = run->deadline,
	};

	if (q.who != NULL)
		return q;
	q.network = greylist_network(a, &facts->client);
	q.who = arena_printf(a, "%s %s", q.network, greylist_sender(a, sender));
	return q;
}

static void
greylist_skipped(struct check_run *run, const char *why)
{
	check_found(run, CHECK_GREYLIST, FINDING_SKIPPED, why);
}

static void
put_off_sender(struct check_run *run, const struct greylist_question *q,
    const struct greylist_told *told)
{
	struct finding *f;

	if (check_client_is_our_mx(run)) {
		greylist_skipped(run,
		    "the client is a mail exchanger of our domains");
		return;
	}
	f = check_found(run, CHECK_GREYLIST, FINDING_HIT,
	    arena_printf(run->arena, "%s is %s", q->who,
		told->answer == GREYLIST_NEW ? "new" : "back too early"));
	f->reply = (struct reply){450, "7.1",
	    arena_printf(run->arena,
		"Not seen before: try again in %lld seconds",
		(long long)told->wait)};
}

static void
judge_sender(struct check_run *run)
{
	const struct greylist_question q = question_of(run);
	struct greylist_told told;
	const char *why = NULL;

	greylist_ask(&q, &told);
	if (told.error.text[0] != '\0')
		run->trouble = arena_printf(run->arena,
		    "%s; greylisting lets pass", told.error.text);
	switch (told.answer) {
	case GREYLIST_NEW:
	case GREYLIST_EARLY:
		put_off_sender(run, &q, &told);
		return;
	case GREYLIST_PASSED:
		why = "has come again";
		break;
	case GREYLIST_KNOWN:
		why = "is known";
		break;
	case GREYLIST_NETWORK:
		why = "is where many have passed";
		break;
	case GREYLIST_FULL:
		greylist_skipped(run, "the table is full");
		return;
	case GREYLIST_UNKNOWN:
		greylist_skipped(run, "the store does not answer");
		return;
	}
	check_found(run, CHECK_GREYLIST, FINDING_FINE,
	    arena_printf(run->arena, "%s %s",
		told.answer == GREYLIST_NETWORK ? q.network : q.who, why));
}

static bool
list_speaks_for_client(const struct check_run *run)
{
	return verdict_has_pass(run->findings, run->n_findings, false) ||
	       verdict_of(run->findings, run->n_findings,
		   run->settings->reject_at, false)
		       .points < 0;
}

static void
check_greylist_judge(struct check_run *run)
{
	if (check_choice(run, CHECK_GREYLIST) == CHOICE_OFF)
		greylist_skipped(run, check_switched_off);
	else if (run->passes)
		greylist_skipped(run, "the member lets the sender pass");
	else if (list_speaks_for_client(run))
		greylist_skipped(run, "a list speaks for the client");
	else
		judge_sender(run);
}

const struct check check_greylist = {
    .stage = CHECK_AT_RECIPIENT,
    .def = {.action = ACTION_OFF, .points = CHECK_POINTS},
    .exempts_roles = true,
    .is_last = true,
    .applies = check_greylist_applies,
    .judge = check_greylist_judge,
};
