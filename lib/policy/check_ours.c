/* SPDX-License-Identifier: MIT */
/*
 * The sender says that he is one of us.  What we forward leaves this machine,
 * which may send in our name: with such a sender, anybody's mail would pass
 * SPF, and so DMARC, at the next host.
 */
#include "policy/private/check_rows.h"

#include "base/clock.h"
#include "policy/private/known_names.h"

#include <string.h>

/* Of the store, or of postward.conf. */
static enum rc
domain_is_of_us(const struct check_run *run, const char *domain,
    struct err *err)
{
	const struct policy_settings *settings = run->settings;
	const struct srs *srs = settings->return_path->srs;
	struct domain_facts facts;
	enum rc rc;

	if (strcmp(domain, settings->hostname) == 0 ||
	    author_address_serves(settings->authors, domain) ||
	    (srs != NULL && srs_reads(srs, domain)))
		return RC_OK;
	rc = known_names_glance(run->names, settings->forwards, domain, &facts,
	    err);
	return rc == RC_NONE && facts.srs ? RC_OK : rc;
}

/* RC_TEMP: nobody can tell. */
static enum rc
sender_is_ours(const struct check_run *run, struct err *err)
{
	const struct postfix_address *from = &run->facts->from;

	if (from->literal.version != 0)
		return ip_is_loopback(&from->literal) ||
			       (run->facts->server.version != 0 &&
				   ip_equal(&from->literal,
				       &run->facts->server))
			   ? RC_OK
			   : RC_NONE;
	if (from->domain == NULL)
		return RC_NONE;
	return from->at_origin ? RC_OK
			       : domain_is_of_us(run, from->domain, err);
}

static bool
check_sender_ours_applies(const struct check_run *run)
{
	struct err err;

	return run->facts->from.text != NULL &&
	       run->facts->from.text[0] != '\0' &&
	       sender_is_ours(run, &err) != RC_NONE;
}

static void
check_sender_ours_ask(struct check_run *run)
{
	if (run->asked[CHECK_SPF] == NULL)
		check_spf.ask(run);
}

static void
ours_fine(struct check_run *run, const char *why)
{
	check_found(run, CHECK_SENDER_OURS, FINDING_FINE, why);
}

static void
ours_unknown(struct check_run *run, const char *why, const char *text)
{
	struct finding *f =
	    check_found(run, CHECK_SENDER_OURS, FINDING_TEMP, why);

	f->reply = (struct reply){451, "4.3", text};
}

/* Judges mail that we forwarded and that comes back, from a host that forwards
   without SRS.  True: judged. */
static bool
ours_by_srs(struct check_run *run)
{
	const struct address *from = &run->facts->from.mailbox;
	struct srs_reversed r = {.answer = SRS_ORDINARY};
	struct err err;

	if (from->local == NULL)
		return false;
	if (return_path_reverse(run->store, run->settings->return_path,
		run->arena, from, clock_now(), &r, &err) != RC_OK) {
		run->trouble = arena_copy_text(run->arena, err.text);
		ours_unknown(run, run->trouble, "Temporary lookup failure");
		return true;
	}
	if (r.answer == SRS_REVERSED)
		ours_fine(run, "an SRS address that we gave out");
	return r.answer == SRS_REVERSED;
}

static void
ours_forged(struct check_run *run, const struct spf_result *spf)
{
	struct arena *a = run->arena;
	const char *name = run->facts->from.text;
	const char *said = strrchr(name, '@') + 1;
	struct finding *f = check_found(run, CHECK_SENDER_OURS, FINDING_HIT,
	    arena_printf(a, "SPF %s of our own %s",
		spf_verdict_name(spf->verdict), said));

	/* A domain without a record forbids nobody to send. */
	if (spf->verdict == SPF_NONE && f->settings.action != ACTION_OFF)
		f->settings.action = ACTION_SCORE;
	f->reply = (struct reply){550, "7.1",
	    arena_printf(a,
		"Sender is in our domain %s, and client [%s] is not known to "
		"send for it; please authenticate, or use its own mail server",
		said, ip_text(a, &run->facts->client))};
}

static void
check_sender_ours_judge(struct check_run *run)
{
	const struct spf_result *spf;
	struct err err;

	if (check_client_is_us(run)) {
		ours_fine(run, "the client is this machine");
		return;
	}
	if (sender_is_ours(run, &err) != RC_OK) {
		check_put_off(run, CHECK_SENDER_OURS, &err);
		return;
	}
	if (ours_by_srs(run))
		return;
	if (run->facts->client.version == 0) {
		ours_unknown(run, "the client's address is not known",
		    "The client's address is not known at the moment");
		return;
	}
	spf = check_spf_mailfrom(run);
	if (spf->verdict == SPF_PASS)
		ours_fine(run, "SPF lets the client send for us");
	else if (check_client_is_our_mx(run))
		check_found(run, CHECK_SENDER_OURS, FINDING_SKIPPED,
		    "the client is a mail exchanger of our domains");
	else if (spf->verdict == SPF_TEMPERROR)
		ours_unknown(run, spf->problem,
		    "SPF check of our own domain failed for the time being");
	else
		ours_forged(run, spf);
}

const struct check check_sender_ours = {
    .stage = CHECK_AT_RECIPIENT,
    .def = CHECK_REJECTS_OR_DEFERS,
    .applies = check_sender_ours_applies,
    .ask = check_sender_ours_ask,
    .judge = check_sender_ours_judge,
};
