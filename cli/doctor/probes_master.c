/* SPDX-License-Identifier: MIT */
/* Does Postfix run, as it is configured? */
#include "probes_host.h"

#include "postconf.h"
#include "postfix_list.h"
#include "postfix_program.h"
#include "postfix_service.h"
#include "process_age.h"

#include "base/file.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

/* It asks our programs in their words since 3.4 (BDAT, and tables by socketmap
   that say TEMP). */
#define VERSION_LEAST 304

static long
version_number(const char *text)
{
	char *rest;
	long major = strtol(text, &rest, 10);
	long minor = *rest == '.' ? strtol(rest + 1, NULL, 10) : 0;

	return major * 100 + minor;
}

void
probe_postfix(const struct probe_run *run)
{
	struct arena *a = run->arena;
	const char *version = postfix_text(run->postfix, a, "mail_version");
	const char *option = "-m", *types;
	struct err err;

	if (version_number(version) < VERSION_LEAST) {
		probe_wrong(run, NULL,
		    arena_printf(a,
			"version %s: 3.4 is the oldest that will "
			"do",
			version));
		return;
	}
	if (postconf_run(run->in, &option, 1, false, &types, &err) == RC_OK &&
	    strstr(types, "socketmap\n") == NULL) {
		probe_wrong(run, NULL,
		    "it knows no socketmap tables, by which it asks the "
		    "forwarder");
		return;
	}
	probe_saw(run, REPORT_OK,
	    arena_printf(a, "version %s, %s", version, run->postfix->folder));
}

/* ---- postfix-running */

/* The process id of master(8); 0: it does not run. */
static long
master_process(const struct probe_run *run)
{
	struct arena *a = run->arena;
	const char *path = arena_printf(a, "%s/pid/master.pid",
	    postfix_text(run->postfix, a, "queue_directory"));
	char *text;
	size_t len;
	long pid;

	if (file_read(a, path, 100, &text, &len, NULL, NULL) != RC_OK)
		return 0;
	pid = strtol(text, NULL, 10);
	return pid > 0 && process_is_called(a, pid, "master") ? pid : 0;
}

void
probe_postfix_running(const struct probe_run *run)
{
	long pid = master_process(run);

	if (pid > 0) {
		probe_saw(run, REPORT_OK,
		    arena_printf(run->arena, "process %ld", pid));
		return;
	}
	probe_wrong(run, NULL, "Postfix does not run: no mail is taken");
	probe_cure_start(run);
}

/* ---- postfix-loaded */

/* A child that master starts anew at each reload, and soon after a start. */
static const char child[] = "qmgr";

void
probe_postfix_loaded(const struct probe_run *run)
{
	static const char *const files[] = {"main.cf", "master.cf"};
	struct arena *a = run->arena;
	long master = master_process(run);
	int64_t began =
	    master == 0 ? 0 : process_child_began_ms(a, master, child);

	if (began == 0) {
		probe_saw(run, REPORT_NOTE,
		    "not looked at: Postfix does not run here");
		return;
	}
	if (process_is_outdated(a, master, "master")) {
		probe_wrong(run, NULL,
		    "Postfix runs from a file that is no longer there: it was "
		    "upgraded, but not restarted");
		probe_cure_restart(run);
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		const char *path =
		    arena_printf(a, "%s/%s", run->postfix->folder, files[i]);

		if (file_changed_ms(path) <= began)
			continue;
		probe_wrong(run, path, "was changed after Postfix has read it");
		probe_cure_reload(run);
		return;
	}
	probe_saw(run, REPORT_OK, "it runs as it is configured");
}

/* ---- postfix-config */

/* "postconf: warning: /etc/postfix/main.cf, line 3: overriding earlier entry:
   name=value", once each. */
static bool
probe_overridden(const struct probe_run *run, const char *line,
    struct str *told)
{
	static const char mark[] = "overriding earlier entry: ";
	struct arena *a = run->arena;
	const char *at = strstr(line, mark), *name;

	if (at == NULL)
		return false;
	at += strlen(mark);
	name = arena_copy_bytes(a, at, strcspn(at, "= \t"));
	if (strstr(told->text, arena_printf(a, " %s ", name)) != NULL)
		return true;
	str_addf(told, " %s ", name);
	probe_wrong(run, name,
	    "stands in main.cf more than once; the last counts, and each "
	    "program warns of it");
	/* Takes all of them out, then sets the one that counts. */
	probe_cure_removed(run, name);
	probe_cure_parameter(run, arena_printf(a, "%s = %s", name,
				      postfix_set_value(run, NULL, name)));
	return true;
}

static bool
probe_unused(const struct probe_run *run, const char *line, struct str *told)
{
	static const char mark[] = "unused parameter: ";
	struct arena *a = run->arena;
	const char *at = strstr(line, mark), *name;

	if (at == NULL)
		return false;
	at += strlen(mark);
	name = arena_copy_bytes(a, at, strcspn(at, "= \t"));
	if (strstr(told->text, arena_printf(a, " %s ", name)) != NULL)
		return true;
	str_addf(told, " %s ", name);
	probe_wrong(run, name, "no program of Postfix knows it: a slip?");
	if (strstr(line, "master.cf") == NULL)
		probe_cure_removed(run, name);
	return true;
}

void
probe_postfix_warnings(const struct probe_run *run)
{
	const char *option = "-n", *lines, *master, *services = "-M";
	struct str told;
	char *text, *line, *rest = NULL;
	bool wrong = false;

	str_init(&told, run->arena);
	if (postconf_run(run->in, &option, 1, true, &lines, NULL) != RC_OK)
		lines = "";
	if (postconf_run(run->in, &services, 1, true, &master, NULL) != RC_OK)
		master = "";
	text = arena_printf(run->arena, "%s%s", lines, master);
	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		if (strstr(line, "warning: ") != NULL)
			wrong |= probe_overridden(run, line, &told) ||
				 probe_unused(run, line, &told);
	if (!wrong)
		probe_saw(run, REPORT_OK, "Postfix warns of nothing");
}
