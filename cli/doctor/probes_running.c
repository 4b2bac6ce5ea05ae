/* SPDX-License-Identifier: MIT */
/* From which files our programs run, and what the kernel forbids them. */
#include "probes_machine.h"

#include "process_age.h"
#include "unit_state.h"

#include <string.h>
#include <unistd.h>

static const char *const programs[] = {
    "policyd", "forwarder", "milter", "mailer", "signup"};

#define PROGRAMS (sizeof(programs) / sizeof(*programs))

/* ---- versions */

struct versions_seen {
	struct arena *arena;
	const char *name;
	size_t old;
};

static void
version_visit(void *context, long pid)
{
	struct versions_seen *seen = context;

	seen->old += process_is_outdated(seen->arena, pid, seen->name);
}

void
probe_versions(const struct probe_run *run)
{
	bool wrong = false;

	for (size_t i = 0; i < PROGRAMS; i++) {
		const char *name =
		    arena_printf(run->arena, "postward-%s", programs[i]);
		struct versions_seen seen = {.arena = run->arena, .name = name};

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

/* ---- denials */

static bool
line_is_denial(const char *line)
{
	return strstr(line, "postward") != NULL &&
	       (strstr(line, "apparmor=\"DENIED\"") != NULL ||
		   (strstr(line, "avc:") != NULL &&
		       strstr(line, "denied") != NULL));
}

/* Where auditd takes them, they do not go through the kernel's own log. */
void
probe_denials(const struct probe_run *run)
{
	static const char *const words[] = {"journalctl", "-q", "-o", "cat",
	    "--since", "-1d", "-g", "DENIED|denied", "_TRANSPORT=kernel",
	    "_TRANSPORT=audit", NULL};
	const char *said = system_says(run->arena, words);
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
