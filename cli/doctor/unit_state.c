/* SPDX-License-Identifier: MIT */
#include "unit_state.h"

#include "base/clock.h"
#include "base/process.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSTEM_TIMEOUT_MS 20000
#define WORDS_MAX         (UNIT_STATES_MAX + 8)

static void
system_line(void *context, const char *line)
{
	struct str *lines = context;

	str_add(lines, line);
	str_add(lines, "\n");
}

const char *
system_says(struct arena *a, const char *const *words)
{
	const char **argv = arena_take_array(a, WORDS_MAX, sizeof(*argv));
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

	str_init(&lines, a);
	argv[0] = process_find(a, words[0]);
	if (argv[0] == NULL)
		return NULL;
	process.n_argv = 1;
	while (process.n_argv < WORDS_MAX && words[process.n_argv] != NULL) {
		argv[process.n_argv] = words[process.n_argv];
		process.n_argv++;
	}
	return process_run(a, &process, NULL) == RC_OK ? lines.text : NULL;
}

bool
unit_states_are_known(void)
{
	return access("/run/systemd/system", F_OK) == 0;
}

/* The value of "Name=value" among the lines of one unit. */
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

/* systemd counts from the start of the machine. */
static int64_t
unit_time(struct arena *a, const char *lines)
{
	const char *text =
	    unit_property(a, lines, "StateChangeTimestampMonotonic");
	int64_t ago = clock_us() - strtoll(text, NULL, 10);

	return clock_now_ms() - ago / 1000;
}

static struct unit_state
unit_read(struct arena *a, const char *name, const char *lines)
{
	return (struct unit_state){
	    .name = name,
	    .load = unit_property(a, lines, "LoadState"),
	    .active = unit_property(a, lines, "ActiveState"),
	    .enabled = unit_property(a, lines, "UnitFileState"),
	    .result = unit_property(a, lines, "Result"),
	    .status = unit_property(a, lines, "StatusText"),
	    .restarts = strtol(unit_property(a, lines, "NRestarts"), NULL, 10),
	    .changed = unit_time(a, lines),
	    .is_stale =
		strcmp(unit_property(a, lines, "NeedDaemonReload"), "yes") == 0,
	};
}

static const char properties[] =
    "LoadState,ActiveState,UnitFileState,Result,StatusText,NRestarts,"
    "StateChangeTimestampMonotonic,NeedDaemonReload";

bool
unit_states_read(struct arena *a, const char *const *names, size_t n,
    struct unit_state *out)
{
	const char *words[WORDS_MAX] = {"systemctl", "show", "-p", properties};
	const char *lines;

	for (size_t i = 0; i < n; i++)
		words[4 + i] = names[i];
	lines = system_says(a, words);
	/* A blank line stands between two units. */
	for (size_t i = 0; i < n && lines != NULL; i++) {
		const char *end = strstr(lines, "\n\n");

		out[i] = unit_read(a, names[i],
		    end == NULL ? lines
				: arena_copy_bytes(a, lines,
				      (size_t)(end - lines) + 1));
		lines = end == NULL && i + 1 < n ? NULL
			: end == NULL            ? lines
						 : end + 2;
	}
	return lines != NULL;
}
