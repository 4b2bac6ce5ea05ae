/* SPDX-License-Identifier: MIT */
/* Root reads all; the programs are not root. */
#include "probes_machine.h"

#include "program_users.h"
#include "readable_by.h"
#include "site_uses.h"

#include "base/config_files.h"
#include "base/file.h"
#include "base/str.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

static const char sqlite[] = "sqlite:";

/* ---- what is only read */

struct access_wanted {
	const char *user, *path;
	const char *owner; /* what chown(1) is told; NULL: whose it is */
	const char *mode;  /* of chmod(1) */
};

/* The first folder on the way that the user may not go through. */
static bool
probe_folders(const struct probe_run *run, const struct access_wanted *w)
{
	const char *slash = w->path;

	while ((slash = strchr(slash + 1, '/')) != NULL) {
		const char *folder = arena_copy_bytes(run->arena, w->path,
		    (size_t)(slash - w->path));

		if (searchable_by(w->user, folder))
			continue;
		probe_wrong(run, folder,
		    arena_printf(run->arena,
			"the user %s may not go through it to %s, and mail "
			"waits",
			w->user, w->path));
		probe_cure(run, "chmod a+rx %s", probe_quoted(run, folder));
		return true;
	}
	return false;
}

static bool
probe_readable(const struct probe_run *run, const struct access_wanted *w)
{
	const char *quoted = probe_quoted(run, w->path);

	if (access(w->path, F_OK) != 0 || getpwnam(w->user) == NULL ||
	    readable_by(w->user, w->path))
		return false;
	if (probe_folders(run, w))
		return true;
	probe_wrong(run, w->path,
	    arena_printf(run->arena,
		"you can read it, but the user %s cannot, as whom programs "
		"run",
		w->user));
	if (w->owner != NULL)
		probe_cure(run, "chown %s %s", w->owner, quoted);
	probe_cure(run, "chmod %s %s", w->mode, quoted);
	return true;
}

static bool
probe_configuration_files(const struct probe_run *run, const char *user)
{
	struct config_list files = config_files(run->settings->config);
	bool wrong = false;

	for (size_t i = 0; i < files.n; i++) {
		const char *path = files.items[i];

		wrong |= probe_readable(run,
		    &(struct access_wanted){user, path, NULL, "0644"});
		/* Those that are included are looked for. */
		if (i == 1 && !wrong)
			wrong = probe_readable(run,
			    &(struct access_wanted){user,
				file_folder(run->arena, path), NULL, "a+rx"});
	}
	return wrong;
}

static bool
probe_secret_files(const struct probe_run *run)
{
	const struct settings *s = run->settings;
	bool asked = s->forwards.directory != NULL, form = site_uses_form(s);
	const char *shared = form ? "root:" STORE_GROUP : PROGRAMS_USER;
	const char *mode = form ? "0640" : "0600";
	const struct access_wanted wanted[] = {
	    {PROGRAMS_USER, s->secrets_file, PROGRAMS_USER, "0600"},
	    {PROGRAMS_USER, s->store_password_file, PROGRAMS_USER, "0600"},
	    {PROGRAMS_USER, asked ? s->directory.password_file : NULL, shared,
		mode},
	    {SIGNUP_USER, asked && form ? s->directory.password_file : NULL,
		shared, mode},
	    {PROGRAMS_USER, asked ? s->directory.ca : NULL, NULL, "0644"},
	    {SIGNUP_USER, site_uses_form(s) ? s->codes_file : NULL,
		"root:" SIGNUP_USER, "0640"},
	};
	bool wrong = false;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (wanted[i].path != NULL && wanted[i].path[0] != '\0')
			wrong |= probe_readable(run, &wanted[i]);
	return wrong;
}

/* ---- the store, if it is a file */

/* With the group of the web form, where there is one. */
static const char *
store_owner(void)
{
	return getgrnam(STORE_GROUP) != NULL ? PROGRAMS_USER ":" STORE_GROUP
					     : PROGRAMS_USER;
}

static bool
probe_store_path(const struct probe_run *run, const char *user,
    const char *path, const char *mode)
{
	const char *quoted = probe_quoted(run, path);

	if (access(path, F_OK) != 0 || writable_by(user, path))
		return false;
	probe_wrong(run, path,
	    arena_printf(run->arena,
		"the user %s cannot write it, as whom programs run, and mail "
		"waits",
		user));
	probe_cure(run, "chown %s %s", store_owner(), quoted);
	probe_cure(run, "chmod %s %s", mode, quoted);
	return true;
}

/* Its side files are written by all programs, too. */
static bool
probe_store_files(const struct probe_run *run, const char *user)
{
	const char *path = run->settings->store_url + strlen(sqlite);
	struct arena *a = run->arena;
	bool wrong =
	    probe_store_path(run, user, file_folder(a, path), "ug+rwx");

	wrong |= probe_store_path(run, user, path, "ug+rw");
	wrong |= probe_store_path(run, user, arena_printf(a, "%s-wal", path),
	    "ug+rw");
	wrong |= probe_store_path(run, user, arena_printf(a, "%s-shm", path),
	    "ug+rw");
	return wrong;
}

/* ---- all of it */

void
probe_access(const struct probe_run *run)
{
	const struct settings *s = run->settings;
	bool file = str_starts(s->store_url, sqlite);
	bool wrong;

	if (getpwnam(PROGRAMS_USER) == NULL) {
		probe_saw(run, REPORT_UNKNOWN,
		    "not looked at: there is no user " PROGRAMS_USER);
		return;
	}
	wrong = probe_configuration_files(run, PROGRAMS_USER);
	wrong |= probe_secret_files(run);
	wrong |= file && probe_store_files(run, PROGRAMS_USER);
	/* What was said once is mended for both. */
	if (!wrong && site_uses_form(s) && getpwnam(SIGNUP_USER) != NULL) {
		wrong = probe_configuration_files(run, SIGNUP_USER);
		/* Else it is the group that is missing: see users. */
		if (file && user_is_in(SIGNUP_USER, STORE_GROUP))
			wrong |= probe_store_files(run, SIGNUP_USER);
	}
	if (!wrong)
		probe_saw(run, REPORT_OK,
		    "the programs can read and write what they must");
}
