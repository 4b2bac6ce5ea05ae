/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include "readable_by.h"

#include "base/str.h"
#include "forwarding/forwards.h"
#include "program/secrets.h"

#include <string.h>

/* As conf/systemd has it. */
#define PROGRAMS_USER "postward"

void
probe_configuration(const struct probe_run *run)
{
	const char *path = run->in->options[OPTION_CONFIG];

	probe_saw(run, REPORT_FINE,
	    path == NULL ? settings_default_path : path);
}

void
probe_domains(const struct probe_run *run)
{
	const struct forwards_settings *f = &run->settings->forwards;

	if (f->n_domains == 0)
		probe_saw(run, REPORT_FIX,
		    "none: set domains = { \"your.domain\" }, or no recipient "
		    "is ours");
	else
		probe_saw(run, REPORT_FINE,
		    arena_printf(run->arena, "%zu, the first is %s",
			f->n_domains, f->domains[0]));
}

static void
probe_postmaster_of(const struct probe_run *run, const char *domain)
{
	const struct address postmaster = {"postmaster", domain};
	const char *what = arena_printf(run->arena, "postmaster@%s", domain);
	struct forwards found;
	struct err err;

	if (forwards_find(run->store, &run->settings->forwards, run->arena,
		&postmaster, &found, &err) != RC_OK)
		return; /* the store has said so */
	if (found.known == FORWARDS_FOUND)
		report_add(run->report, REPORT_FINE, what, "is forwarded");
	else
		report_add(run->report, REPORT_WARN, what,
		    "every domain must take mail for it (RFC 5321 4.5.1): "
		    "give it an account and a forward");
}

void
probe_postmaster(const struct probe_run *run)
{
	const struct forwards_settings *f = &run->settings->forwards;

	for (size_t i = 0; i < f->n_domains; i++)
		probe_postmaster_of(run, f->domains[i]);
}

static void
probe_srs_secrets(const struct probe_run *run, const struct srs *srs)
{
	struct arena *a = run->arena;

	if (secrets_have_blanks(srs->secrets, srs->n_secrets))
		probe_saw(run, REPORT_WARN,
		    arena_printf(a,
			"%s: a secret begins or ends with a blank, which is "
			"part of it",
			run->settings->secrets_file));
	else
		probe_saw(run, REPORT_FINE,
		    arena_printf(a, "%s, %zu secret%s", srs->domains[0],
			srs->n_secrets, srs->n_secrets == 1 ? "" : "s"));
}

void
probe_srs(const struct probe_run *run)
{
	const struct settings *settings = run->settings;
	const struct srs *srs = settings->return_path.srs;
	const char *note = settings->srs_note;

	if (settings->secrets_file == NULL)
		probe_saw(run, REPORT_WARN,
		    "off: mail is forwarded under its own sender, which SPF "
		    "refuses elsewhere; set domain in the section srs");
	else if (srs != NULL && settings->return_path.trouble == NULL &&
		 !readable_by(PROGRAMS_USER, settings->secrets_file))
		probe_saw(run, REPORT_FIX,
		    arena_printf(run->arena,
			"%s: you can read it, but the programs' user cannot, "
			"and they do not start: chown %s it",
			settings->secrets_file, PROGRAMS_USER));
	else if (note != NULL)
		probe_saw(run, REPORT_FIX,
		    str_starts(note, "srs: ") ? note + strlen("srs: ") : note);
	else if (srs != NULL)
		probe_srs_secrets(run, srs);
}
