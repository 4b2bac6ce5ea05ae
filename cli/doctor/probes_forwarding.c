/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include "program/signing_keys.h"

static bool
has_key(const struct settings *settings, const char *domain)
{
	struct signing_keys *keys;
	struct signing_choice choice;
	struct err err;
	enum rc rc = signing_keys_open(settings->dkim.keys, &keys, &err);

	/* What cannot be read has been said (probes_dkim.c). */
	if (rc != RC_OK)
		return true;
	rc = signing_keys_find(keys, domain, &choice, &err);
	signing_keys_close(keys);
	return rc != RC_NONE;
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
	if (!has_key(settings, srs->domains[0]))
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
		probe_saw(run, REPORT_FINE,
		    trouble == NULL
			? "shadow: what the next host would refuse is only "
			  "logged"
			: arena_printf(run->arena,
			      "shadow: what the next host would refuse is only "
			      "logged; before it is enforced: %s",
			      trouble));
	else if (trouble != NULL)
		probe_saw(run, REPORT_FIX, trouble);
	else
		probe_saw(run, REPORT_FINE,
		    "what the next host would refuse is not accepted");
}
