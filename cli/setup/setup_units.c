/* SPDX-License-Identifier: MIT */
/* What systemd does for `postward setup`: users, folders, programs. */
#include "setup.h"

#include "output.h"
#include "site_uses.h"

#include "base/process.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEMD_PATIENCE 300000 /* ms */
#define WORDS_MAX        16

static const struct setup_unit {
	const char *name;
	bool (*used)(const struct settings *s); /* NULL: always */
} units[] = {
    {"postward-policyd.service", site_uses_policyd},
    {"postward-forwarder.service", NULL},
    {"postward-milter.service", NULL},
    {"postward-mailer.service", NULL},
    {"postward-signup.service", site_uses_form},
    {"postward-provision.timer", site_uses_provision},
    {"postward-held.timer", NULL},
    {"postward-check.timer", NULL},
};

#define UNITS (sizeof(units) / sizeof(*units))

static bool
unit_is_installed(struct arena *a, const char *name)
{
	static const char *const folders[] = {"/etc/systemd/system",
	    "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
	    "/lib/systemd/system"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (access(arena_printf(a, "%s/%s", folders[i], name), F_OK) ==
		    0)
			return true;
	return false;
}

/* Those that this site uses, behind what is in words already. */
static size_t
units_choose(const struct setup *s, const char **words, size_t n)
{
	for (size_t i = 0; i < UNITS; i++)
		if (unit_is_installed(s->in->arena, units[i].name) &&
		    (units[i].used == NULL ||
			(s->in->settings != NULL &&
			    units[i].used(s->in->settings)) ||
			(s->in->settings == NULL && i == 0)))
			words[n++] = units[i].name;
	return n;
}

static enum rc
systemd_run(const struct setup *s, const char *const *words, size_t n,
    struct err *err)
{
	const char *argv[WORDS_MAX];
	struct process process = {
	    .argv = argv,
	    .n_argv = n,
	    .env = (const char *const *)environ,
	    .input = "",
	    .timeout_ms = SYSTEMD_PATIENCE,
	    .lines_max = 0,
	    .line_max = 1024,
	};

	for (size_t i = 0; i < n; i++)
		argv[i] = words[i];
	argv[0] = process_find(s->in->arena, words[0]);
	return argv[0] == NULL
		   ? err_set(err, RC_NONE, "there is no %s", words[0])
		   : process_run(s->in->arena, &process, err);
}

/* Where there is no systemd, whoever made the root has made them. */
enum rc
setup_units_prepare(const struct setup *s, struct err *err)
{
	static const char *const users[] = {
	    "systemd-sysusers", "postward.conf"};
	static const char *const folders[] = {
	    "systemd-tmpfiles", "--create", "postward.conf"};
	enum rc rc = RC_OK;

	if (!s->installed || geteuid() != 0)
		return RC_OK;
	if (access("/usr/lib/sysusers.d/postward.conf", F_OK) == 0 &&
	    getpwnam("postward") == NULL)
		rc = systemd_run(s, users, 2, err);
	if ((rc == RC_OK || rc == RC_NONE) &&
	    access("/usr/lib/tmpfiles.d/postward.conf", F_OK) == 0)
		rc = systemd_run(s, folders, 3, err);
	return rc == RC_NONE ? RC_OK : rc;
}

static void
units_print(const char *verb, const char *const *names, size_t n)
{
	if (n == 0)
		return;
	printf("systemctl %s", verb);
	for (size_t i = 0; i < n; i++)
		printf(" \\\n    %s", names[i]);
	printf("\n");
}

void
setup_units_show(const struct setup *s)
{
	const char *names[UNITS];
	size_t n = units_choose(s, names, 0);

	if (s->installed)
		units_print(s->starts ? "enable --now" : "enable", names, n);
}

enum rc
setup_units_start(struct setup *s, struct err *err)
{
	const char *words[WORDS_MAX] = {"systemctl", "enable", "--quiet"};
	size_t n = units_choose(s, words, 3);
	enum rc rc;

	if (!s->installed || n == 3)
		return RC_OK;
	rc = systemd_run(s, words, n, err);
	if (rc == RC_NONE) {
		printf("There is no systemd: start the programs yourself.\n");
		return RC_OK;
	}
	if (rc == RC_OK && s->starts) {
		words[1] = s->changed ? "reload-or-restart" : "start";
		rc = systemd_run(s, words, n, err);
	}
	if (rc != RC_OK)
		return rc;
	if (s->starts)
		printf("The programs run, and will after each start of this "
		       "machine.\n");
	else
		units_print("start", words + 3, n - 3);
	return RC_OK;
}
