/* SPDX-License-Identifier: MIT */
#include "probes_site.h"

#include "base/str.h"
#include "program/secrets.h"

#include <string.h>

void
probe_configuration(const struct probe_run *run)
{
	const char *path = run->in->options[OPTION_CONFIG];

	probe_saw(run, REPORT_OK, path == NULL ? settings_default_path : path);
}

void
probe_domains(const struct probe_run *run)
{
	const struct forwards_settings *f = &run->settings->forwards;

	if (f->n_domains == 0)
		probe_saw(run, REPORT_BROKEN,
		    "none: set domains = { \"your.domain\" }, or no recipient "
		    "is ours");
	else
		probe_saw(run, REPORT_OK,
		    arena_printf(run->arena, "%zu, the first is %s",
			f->n_domains, f->domains[0]));
}

void
probe_store(const struct probe_run *run)
{
	probe_saw(run, REPORT_OK, run->settings->store_url);
}

static void
probe_srs_secrets(const struct probe_run *run, const struct srs *srs)
{
	struct arena *a = run->arena;

	if (secrets_have_blanks(srs->secrets, srs->n_secrets))
		probe_saw(run, REPORT_WARNING,
		    arena_printf(a,
			"%s: a secret begins or ends with a blank, which is "
			"part of it",
			run->settings->secrets_file));
	else
		probe_saw(run, REPORT_OK,
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
		probe_saw(run, REPORT_WARNING,
		    "off: mail is forwarded under its own sender, which SPF "
		    "refuses elsewhere; set domain in the section srs");
	else if (note != NULL) {
		probe_saw(run, REPORT_BROKEN,
		    str_starts(note, "srs: ") ? note + strlen("srs: ") : note);
		if (strstr(note, "everybody can read") != NULL)
			probe_cure(run, "chmod o-rwx %s",
			    probe_quoted(run, settings->secrets_file));
		if (strstr(note, "no secret in it") != NULL)
			probe_cure(run, "rm %s",
			    probe_quoted(run, settings->secrets_file));
		if (strstr(note, "store init") != NULL ||
		    strstr(note, "no secret in it") != NULL)
			probe_cure_ours(run, "store init");
	} else if (srs != NULL)
		probe_srs_secrets(run, srs);
}
