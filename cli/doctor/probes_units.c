/* SPDX-License-Identifier: MIT */
/* What systemd, its journal and the kernel say of our programs. */
#include "probes_machine.h"

#include "output.h"
#include "process_age.h"
#include "site_uses.h"

#include "base/process.h"
#include "base/str.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSTEM_TIMEOUT_MS 20000

static const char *const programs[] = {
    "policyd", "forwarder", "milter", "mailer", "signup"};

#define PROGRAMS (sizeof(programs) / sizeof(*programs))

/* ---- versions */

struct versions_seen {
	struct arena *arena;
	size_t old;
};

static void
version_visit(void *context, long pid)
{
	struct versions_seen *seen = context;

	seen->old += process_is_outdated(seen->arena, pid);
}

void
probe_versions(const struct probe_run *run)
{
	bool wrong = false;

	for (size_t i = 0; i < PROGRAMS; i++) {
		const char *name =
		    arena_printf(run->arena, "postward-%s", programs[i]);
		struct versions_seen seen = {.arena = run->arena};

		process_each(run->arena, name, version_visit, &seen);
		if (seen.old == 0)
			continue;
		wrong = true;
		probe_wrong(run, name,
		    "runs from a file that is no longer there: it was "
		    "upgraded, but not restarted");
		probe_cure(run, "systemctl restart %s", name);
	}
	if (!wrong)
		probe_saw(run, REPORT_OK, "what runs is what is installed");
}

/* ---- what other programs print */

static void
system_line(void *context, const char *line)
{
	struct str *lines = context;

	str_add(lines, line);
	str_add(lines, "\n");
}

/* argv[0] is a program's name, and the last is NULL.  NULL: there is no such
   program, or it fails. */
static const char *
system_says(const struct probe_run *run, const char *const *words)
{
	const char **argv = arena_take_array(run->arena, 16, sizeof(*argv));
	struct str lines;
	struct process process = {
	    .argv = argv,
	    .env = (const char *const *)environ,
	    .input = "",
	    .timeout_ms = SYSTEM_TIMEOUT_MS,
	    .lines_max = 1000,
	    .line_max = 2000,
	    .without_errors = true,
	    .line = system_line,
	    .context = &lines,
	};

	str_init(&lines, run->arena);
	argv[0] = process_find(run->arena, words[0]);
	if (argv[0] == NULL)
		return NULL;
	process.n_argv = 1;
	while (words[process.n_argv] != NULL) {
		argv[process.n_argv] = words[process.n_argv];
		process.n_argv++;
	}
	return process_run(run->arena, &process, NULL) == RC_OK ? lines.text
								: NULL;
}

/* ---- units */

static bool
unit_is_wanted(const struct settings *s, const char *program)
{
	if (strcmp(program, "policyd") == 0)
		return site_uses_policyd(s);
	if (strcmp(program, "mailer") == 0)
		return site_uses_mail(s);
	if (strcmp(program, "signup") == 0)
		return site_uses_form(s);
	return true;
}

/* The value of "Name=value" among the lines. */
static const char *
unit_property(struct arena *a, const char *lines, const char *name)
{
	const char *mark = arena_printf(a, "\n%s=", name);
	const char *at = strstr(arena_printf(a, "\n%s", lines), mark);

	if (at == NULL)
		return "";
	at += strlen(mark);
	return arena_copy_bytes(a, at, strcspn(at, "\n"));
}

static bool
probe_unit(const struct probe_run *run, const char *unit, const char *lines)
{
	struct arena *a = run->arena;
	const char *active = unit_property(a, lines, "ActiveState");
	const char *enabled = unit_property(a, lines, "UnitFileState");
	const char *result = unit_property(a, lines, "Result");
	long restarts = strtol(unit_property(a, lines, "NRestarts"), NULL, 10);
	bool masked =
	    strcmp(unit_property(a, lines, "LoadState"), "masked") == 0;

	if (strcmp(active, "active") != 0) {
		probe_wrong(run, unit,
		    arena_printf(a, "it is %s%s%s%s", active,
			masked ? ", masked" : "",
			strcmp(result, "success") == 0 ? "" : ", result: ",
			strcmp(result, "success") == 0 ? "" : result));
		if (masked)
			probe_cure(run, "systemctl unmask %s", unit);
		probe_cure(run, "systemctl reset-failed %s", unit);
		probe_cure(run, "systemctl enable --now %s", unit);
		return true;
	}
	if (strcmp(enabled, "enabled") != 0) {
		probe_saw_of(run, REPORT_WARNING, unit,
		    "it runs, but is not enabled: after a restart of the "
		    "machine all mail waits");
		probe_cure(run, "systemctl enable %s", unit);
		return true;
	}
	if (restarts == 0)
		return false;
	probe_saw_of(run, REPORT_WARNING, unit,
	    arena_printf(a,
		"systemd has restarted it %ld times: journalctl -u %s tells "
		"why",
		restarts, unit));
	return true;
}

static const char *
unit_says(const struct probe_run *run, const char *unit)
{
	const char *const words[] = {"systemctl", "show", "-p",
	    "ActiveState,UnitFileState,Result,NRestarts,LoadState", unit, NULL};

	return system_says(run, words);
}

/* Members who are approved wait for it. */
static bool
probe_provision_timer(const struct probe_run *run)
{
	static const char unit[] = "postward-provision.timer";
	const char *lines;

	if (!config_given(run->settings->config, "provision", NULL, "command"))
		return false;
	lines = unit_says(run, unit);
	return lines != NULL && probe_unit(run, unit, lines);
}

/* Does the machine's own Postfix begin with it?  Whether it runs is looked at
   elsewhere. */
static bool
probe_postfix_unit(const struct probe_run *run)
{
	static const char unit[] = "postfix.service";
	const char *lines = unit_says(run, unit);
	const char *enabled =
	    lines == NULL ? ""
			  : unit_property(run->arena, lines, "UnitFileState");
	bool masked = strcmp(enabled, "masked") == 0;

	if (run->in->options[OPTION_POSTFIX_CONFIG] != NULL ||
	    (!masked && strcmp(enabled, "disabled") != 0))
		return false;
	probe_saw_of(run, REPORT_WARNING, unit,
	    arena_printf(run->arena,
		"it is %s: after a restart of the machine no mail is taken",
		enabled));
	if (masked)
		probe_cure(run, "systemctl unmask %s", unit);
	probe_cure(run, "systemctl enable %s", unit);
	return true;
}

void
probe_units(const struct probe_run *run)
{
	bool wrong = false;

	if (access("/run/systemd/system", F_OK) != 0) {
		probe_saw(run, REPORT_NOTE,
		    "not looked at: systemd does not run here");
		return;
	}
	for (size_t i = 0; i < PROGRAMS; i++) {
		const char *unit = arena_printf(run->arena,
		    "postward-%s.service", programs[i]);
		const char *lines;

		if (!unit_is_wanted(run->settings, programs[i]))
			continue;
		lines = unit_says(run, unit);
		if (lines == NULL) {
			probe_saw(run, REPORT_UNKNOWN,
			    "not looked at: systemctl does not answer");
			return;
		}
		wrong |= probe_unit(run, unit, lines);
	}
	wrong |= probe_provision_timer(run);
	wrong |= probe_postfix_unit(run);
	if (!wrong)
		probe_saw(run, REPORT_OK, "they run, and will after a restart");
}

/* ---- configuration-loaded */

#define CONF_D "conf.d"

/* The main file, and those that lie in conf.d beside it. */
static int64_t
configuration_changed(const struct probe_run *run)
{
	struct arena *a = run->arena;
	const char *path = run->in->options[OPTION_CONFIG];
	const char *file = path == NULL ? settings_default_path : path;
	const char *slash = strrchr(file, '/');
	const char *folder = slash == NULL ? CONF_D
					   : arena_printf(a, "%.*s/" CONF_D,
						 (int)(slash - file), file);
	int64_t last = file_changed(file);
	DIR *all = opendir(folder);
	const struct dirent *entry;

	while (all != NULL && (entry = readdir(all)) != NULL) {
		int64_t changed = !str_ends_fold(entry->d_name, ".conf")
				      ? 0
				      : file_changed(arena_printf(a, "%s/%s",
					    folder, entry->d_name));

		last = changed > last ? changed : last;
	}
	if (all != NULL)
		closedir(all);
	return last;
}

/* When it began, or was last told to read it again; 0: not known. */
static int64_t
unit_loaded(const struct probe_run *run, const char *unit)
{
	const char *const words[] = {"systemctl", "show", "--timestamp=unix",
	    "-p", "ActiveState,StateChangeTimestamp", unit, NULL};
	const char *lines = system_says(run, words);
	const char *when;

	if (lines == NULL ||
	    strcmp(unit_property(run->arena, lines, "ActiveState"), "active") !=
		0)
		return 0;
	when = unit_property(run->arena, lines, "StateChangeTimestamp");
	return *when == '@' ? strtoll(when + 1, NULL, 10) : 0;
}

void
probe_configuration_loaded(const struct probe_run *run)
{
	int64_t changed = configuration_changed(run);
	bool wrong = false;

	if (access("/run/systemd/system", F_OK) != 0) {
		probe_saw(run, REPORT_NOTE,
		    "not looked at: systemd does not run here");
		return;
	}
	for (size_t i = 0; i < PROGRAMS; i++) {
		const char *unit = arena_printf(run->arena,
		    "postward-%s.service", programs[i]);
		int64_t loaded = unit_loaded(run, unit);

		/* Within the same second nobody knows. */
		if (loaded == 0 || changed <= loaded)
			continue;
		wrong = true;
		probe_wrong(run, unit,
		    "the configuration was changed after it has read it");
		probe_cure(run, "systemctl reload %s", unit);
	}
	if (!wrong)
		probe_saw(run, REPORT_OK, "the programs have read it as it is");
}

/* ---- denials */

static bool
line_is_denial(const char *line)
{
	return strstr(line, "postward") != NULL &&
	       (strstr(line, "apparmor=\"DENIED\"") != NULL ||
		   (strstr(line, "avc:") != NULL &&
		       strstr(line, "denied") != NULL));
}

void
probe_denials(const struct probe_run *run)
{
	static const char *const words[] = {"journalctl", "-q", "-k", "-o",
	    "cat", "--since", "-1d", "-g", "DENIED|denied", NULL};
	const char *said = system_says(run, words);
	char *lines, *line, *rest = NULL, *last = NULL;

	if (access("/run/systemd/journal", F_OK) != 0) {
		probe_saw(run, REPORT_NOTE,
		    "not looked at: there is no journal here");
		return;
	}
	/* It fails also when it finds nothing. */
	lines = arena_copy_text(run->arena, said == NULL ? "" : said);
	for (line = strtok_r(lines, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		if (line_is_denial(line))
			last = line;
	if (last == NULL)
		probe_saw(run, REPORT_OK, "the kernel has forbidden nothing");
	else
		probe_wrong(run, NULL, last);
}
