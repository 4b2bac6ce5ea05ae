/* SPDX-License-Identifier: MIT */
#include "probes_programs.h"

#include "as_user.h"
#include "asking.h"
#include "greeting.h"
#include "site_uses.h"

#include "base/file.h"
#include "base/str.h"

#include <grp.h>
#include <string.h>
#include <unistd.h>

/* As Debian's Postfix has it (mail_owner). */
#define POSTFIX_USER "postfix"

typedef enum rc ask_program(const void *context, struct err *err);

/* Postfix' group may go into the folder, and use the socket. */
static void
cure_access(const struct probe_run *run, const char *path)
{
	const char *folder = probe_quoted(run, file_folder(run->arena, path));

	if (getgrnam(POSTFIX_USER) == NULL)
		return;
	probe_cure(run, "chgrp %s %s %s", POSTFIX_USER, folder,
	    probe_quoted(run, path));
	probe_cure(run, "chmod 0750 %s", folder);
	probe_cure(run, "chmod 0660 %s", probe_quoted(run, path));
}

static void
cure_start(const struct probe_run *run)
{
	const char *unit =
	    arena_printf(run->arena, "postward-%s.service", run->probe->name);

	if (access("/run/systemd/system", F_OK) != 0)
		return;
	probe_cure_unmask(run, unit);
	probe_cure(run, "systemctl restart %s", unit);
}

/* Nobody is there: why, as far as it is known. */
static void
probe_silent(const struct probe_run *run, const char *where,
    const char *trouble)
{
	struct err err;

	/* It knows of folders that are missing. */
	if (greeting_knock(run->arena, where, &err) == RC_OK)
		err_set(&err, RC_TEMP, "%s", trouble);
	probe_wrong(run, NULL,
	    arena_printf(run->arena, "%s: %s; is postward-%s running?", where,
		err.text, run->probe->name));
	if (strstr(err.text, "systemd-tmpfiles") != NULL)
		probe_cure(run, "systemd-tmpfiles --create");
	cure_start(run);
}

static void
probe_forbidden(const struct probe_run *run, const char *where,
    const char *user)
{
	const char *why = "only root and the user postward may ask";

	if (geteuid() != 0) {
		probe_saw(run, REPORT_UNKNOWN,
		    arena_printf(run->arena, "not looked at: %s: %s", where,
			why));
		return;
	}
	probe_wrong(run, NULL,
	    arena_printf(run->arena,
		"%s: it answers, but the user %s may not ask it, so that all "
		"mail waits",
		where, user));
	if (str_starts(where, "unix:"))
		cure_access(run, where + strlen("unix:"));
}

/* wanted: somebody has to be there. */
static void
probe_place(const struct probe_run *run, const char *where, bool wanted,
    const char *user, ask_program *ask)
{
	const struct forwards_settings *f = &run->settings->forwards;
	const struct asking asking = {
	    .where = where,
	    .domain =
		f->n_domains == 0 ? run->settings->hostname : f->domains[0],
	    .recipient = arena_printf(run->arena, "postmaster@%s",
		f->n_domains == 0 ? run->settings->hostname : f->domains[0]),
	    .client = "127.0.0.1",
	};
	struct err err = {""};
	enum rc rc = RC_NONE;

	if (!str_starts(where, "unix:") && !str_starts(where, "inet:"))
		return; /* systemd knows */
	if (user != NULL)
		rc = as_user(user, ask, &asking, &err);
	if (user == NULL || (rc == RC_NONE && getgrnam(user) == NULL))
		rc = ask(&asking, &err);
	switch (rc) {
	case RC_OK:
		probe_saw(run, REPORT_OK,
		    arena_printf(run->arena, "answers at %s", where));
		return;
	case RC_PERM:
		probe_forbidden(run, where, user);
		return;
	case RC_TEMP:
		probe_wrong(run, NULL,
		    arena_printf(run->arena, "%s: %s", where, err.text));
		cure_start(run);
		return;
	case RC_NONE:
		if (wanted)
			probe_silent(run, where, err.text);
		return;
	}
}

void
probe_signup(const struct probe_run *run)
{
	probe_place(run, run->settings->signup.listen,
	    site_uses_form(run->settings), NULL, asking_nothing);
}

void
probe_policyd(const struct probe_run *run)
{
	const struct config_list listen = run->settings->policyd.listen;

	for (size_t i = 0; i < listen.n; i++)
		probe_place(run, listen.items[i],
		    site_uses_policyd(run->settings), POSTFIX_USER,
		    asking_policyd);
}

void
probe_forwarder(const struct probe_run *run)
{
	const struct config_list listen = run->settings->forwarder.listen;

	for (size_t i = 0; i < listen.n; i++)
		probe_place(run, listen.items[i], true, POSTFIX_USER,
		    asking_forwarder);
}

void
probe_milter(const struct probe_run *run)
{
	probe_place(run, run->settings->milter.listen, true, POSTFIX_USER,
	    asking_milter);
}
