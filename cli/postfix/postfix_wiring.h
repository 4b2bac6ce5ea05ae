/* SPDX-License-Identifier: MIT */
/*
 * postfix_wiring - Postfix' configuration as it is now, and changes to it: what
 * `postward postfix` and its parts share.
 */
#pragma once

#include "command.h"
#include "postfix_plan.h"
#include "postfix_view.h"

/* What asks as a stranger would, while postfix_ask runs. */
#define POSTFIX_ASK_SERVICE "postward-ask/unix"

struct postfix_wiring {
	struct invocation *in;
	struct postfix_facts facts;
	struct postfix_view *view; /* as it was read */
	const char *folder;        /* config_directory */
	const char *main_cf;       /* in there */
	const char *master_cf;
	const char *service; /* our listener, "127.0.0.1:10587/inet"; NULL: our
				mail does not go that way */
	const char *service_line; /* as it should stand in master.cf */
	bool offline; /* another system's: nothing runs, nothing is asked */
	bool looks;   /* and changes nothing */
	bool undoes;  /* whatever our own configuration is like */
	int lock;     /* -1: none */
};

/* Runs one of Postfix' programs; *lines: what it printed, unless NULL. RC_TEMP:
   it failed; err has its last line. */
enum rc postfix_wiring_run(const struct postfix_wiring *w, const char *program,
    const char *const *words, size_t n, const char **lines, struct err *err);

/* Reads main.cf and what counts.  RC_PERM, RC_TEMP: it cannot be read. */
enum rc postfix_wiring_read(struct postfix_wiring *w, struct err *err);

/* Value of a parameter as main.cf sets it; NULL: it does not. */
const char *postfix_wiring_raw(const struct postfix_wiring *w,
    const char *name);

/* RC_PERM: another part of Postfix delivers one of our domains. */
enum rc postfix_wiring_conflicts(const struct postfix_wiring *w,
    struct err *err);

/* Is our listener there?  RC_PERM: something else is at its place. */
enum rc postfix_wiring_service(const struct postfix_wiring *w, bool *there,
    struct err *err);

/* Sets the parameters in one go; value NULL: main.cf no longer sets it. */
struct postfix_edit {
	const char *name, *value;
};
enum rc postfix_wiring_edit(const struct postfix_wiring *w,
    const struct postfix_edit *edits, size_t n, struct err *err);
enum rc postfix_wiring_add_service(const struct postfix_wiring *w,
    const char *service, const char *line, struct err *err);
/* Also where it is not there. */
enum rc postfix_wiring_remove_service(const struct postfix_wiring *w,
    const char *service, struct err *err);

bool postfix_wiring_runs(const struct postfix_wiring *w);
/* Reads the configuration again, or starts. */
enum rc postfix_wiring_reload(const struct postfix_wiring *w, struct err *err);
enum rc postfix_wiring_stop(const struct postfix_wiring *w, struct err *err);
