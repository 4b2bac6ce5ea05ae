/* SPDX-License-Identifier: MIT */
#include "probes_site.h"

#include "held_queue.h"
#include "output.h"

#include "base/clock.h"
#include "program/signing_keys.h"

/* Seconds.  Senders are told after four hours that a message waits, but nobody
   tells them of one that is held. */
#define HELD_TOO_LONG ((int64_t)3 * 24 * 3600)

/* exactly: one of a domain above it will not do. */
static bool
has_key(const struct settings *settings, const char *domain, bool exactly)
{
	struct signing_keys *keys;
	struct signing_choice choice;
	struct err err;
	bool has;

	/* What cannot be read has been said (probes_dkim.c). */
	if (signing_keys_open(settings->dkim.keys, &keys, &err) != RC_OK)
		return true;
	has = exactly
		  ? signing_keys_domain(keys, domain) != NULL
		  : signing_keys_find(keys, domain, &choice, &err) != RC_NONE;
	signing_keys_close(keys);
	return has;
}

/* NULL: nothing. */
static const char *
probe_copies_trouble(const struct probe_run *run)
{
	const struct settings *settings = run->settings;
	const struct srs *srs = settings->return_path.srs;

	if (srs == NULL)
		return "copies keep their sender, so that SPF fails at the "
		       "next host, and they are not signed: set domain in the "
		       "section srs";
	if (!settings->dkim.sign)
		return "copies that nobody has signed leave without a "
		       "signature: see sign in the section dkim";
	if (settings->authors.domain != NULL &&
	    !has_key(settings, settings->authors.domain, true))
		return arena_printf(run->arena,
		    "copies whose From is rewritten are put off: postward dkim "
		    "key add %s",
		    settings->authors.domain);
	if (!has_key(settings, srs->domains[0], false))
		return arena_printf(run->arena,
		    "copies that nobody has signed leave without a signature: "
		    "postward dkim key add %s",
		    srs->domains[0]);
	return NULL;
}

void
probe_forwarding(const struct probe_run *run)
{
	const char *trouble = probe_copies_trouble(run);

	if (run->settings->policy.checks[CHECK_FATE].shadow)
		probe_saw(run, REPORT_OK,
		    trouble == NULL
			? "shadow: what the next host would refuse is only "
			  "logged"
			: arena_printf(run->arena,
			      "shadow: what the next host would refuse is only "
			      "logged; before it is enforced: %s",
			      trouble));
	else if (trouble != NULL)
		probe_saw(run, REPORT_BROKEN, trouble);
	else
		probe_saw(run, REPORT_OK,
		    "what the next host would refuse is not accepted");
}

struct held_seen {
	size_t n;
	int64_t oldest; /* 0: not known */
};

static void
probe_held_visit(void *context, const struct held_message *message)
{
	struct held_seen *seen = context;

	seen->n++;
	if (message->arrived > 0 &&
	    (seen->oldest == 0 || message->arrived < seen->oldest))
		seen->oldest = message->arrived;
}

/* Where there is no Postfix, or this user may not look, that has been said. */
void
probe_held(const struct probe_run *run)
{
	struct held_seen seen = {0};
	struct err err;

	if (held_queue_read(run->in, probe_held_visit, &seen, &err) != RC_OK ||
	    seen.n == 0)
		return;
	if (seen.oldest > 0 && clock_now() - seen.oldest > HELD_TOO_LONG)
		probe_saw(run, REPORT_WARNING,
		    arena_printf(run->arena,
			"%zu, the oldest since %s, and their senders do not "
			"know: postward held list",
			seen.n, output_time(run->arena, seen.oldest)));
	else
		probe_saw(run, REPORT_OK,
		    arena_printf(run->arena, "%zu: postward held list",
			seen.n));
}
