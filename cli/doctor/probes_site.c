/* SPDX-License-Identifier: MIT */
#include "probes_site.h"

#include "base/file.h"
#include "base/str.h"
#include "program/secrets.h"

#include <stdlib.h>
#include <string.h>

#define CONFIGURATION_MAX ((size_t)1024 * 1024)

void
probe_configuration(const struct probe_run *run)
{
	const char *path = run->in->options[OPTION_CONFIG];

	probe_saw(run, REPORT_OK, path == NULL ? settings_default_path : path);
}

/* "FILE:LINE: ..." */
static bool
place_split(struct arena *a, const char *why, const char **file, long *line)
{
	const char *colon = strchr(why, ':');
	char *end;

	if (colon == NULL)
		return false;
	*file = arena_copy_bytes(a, why, (size_t)(colon - why));
	*line = strtol(colon + 1, &end, 10);
	return *line > 0 && *end == ':';
}

/* A line that can go without others: "key = value", whole. */
static bool
line_is_whole(const struct probe_run *run, const char *file, long line)
{
	char *text, *at;
	size_t len;
	int open = 0;

	if (file_read(run->arena, file, CONFIGURATION_MAX, &text, &len, NULL,
		NULL) != RC_OK)
		return false;
	for (at = text; at != NULL && line > 1; line--) {
		at = strchr(at, '\n');
		at = at == NULL ? NULL : at + 1;
	}
	if (at == NULL)
		return false;
	at[strcspn(at, "\n")] = '\0';
	for (const char *p = at; *p != '\0'; p++)
		open += *p == '{' ? 1 : *p == '}' ? -1 : 0;
	return strchr(at, '=') != NULL && open == 0;
}

/* The text between the next quotes, of *at; NULL: there is none. */
static const char *
quoted_next(struct arena *a, const char **at)
{
	const char *begin = *at == NULL ? NULL : strchr(*at, '"');
	const char *end = begin == NULL ? NULL : strchr(begin + 1, '"');

	if (end == NULL)
		return NULL;
	*at = end + 1;
	return arena_copy_bytes(a, begin + 1, (size_t)(end - begin - 1));
}

/* 'unknown key "domian" in srs; did you mean "domain"?' */
static bool
cure_slip(const struct probe_run *run, const char *why, const char *file,
    long line)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz-";
	const char *at = why, *meant = strstr(why, "did you mean ");
	const char *wrong = quoted_next(run->arena, &at);
	const char *right = quoted_next(run->arena, &meant);

	if (wrong == NULL || right == NULL || *wrong == '\0' ||
	    wrong[strspn(wrong, letters)] != '\0' ||
	    right[strspn(right, letters)] != '\0')
		return false;
	probe_cure(run, "sed -i '%lds/%s/%s/' %s", line, wrong, right,
	    probe_quoted(run, file));
	return true;
}

void
probe_configuration_unreadable(const struct probe_run *run, const char *why)
{
	const char *file;
	long line;

	probe_wrong(run, NULL, arena_copy_text(run->arena, why));
	if (strstr(why, "unknown key") != NULL &&
	    place_split(run->arena, why, &file, &line) &&
	    !cure_slip(run, why, file, line) && line_is_whole(run, file, line))
		probe_cure(run, "sed -i '%lds/^/# /' %s", line,
		    probe_quoted(run, file));
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
