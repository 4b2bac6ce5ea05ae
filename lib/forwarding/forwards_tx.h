/* SPDX-License-Identifier: MIT */
/*
 * forwards_tx - the rules of forwards.h inside a transaction that changes other
 * tables, too, or many accounts at once.  For lib/forwarding, lib/members and
 * imports.
 */
#pragma once

#include "forwarding/forwards.h"

struct forwards_change {
	const struct forwards_settings *settings;
	struct arena *arena;
	const char *account;
	const char **targets; /* as forwards_read_target gives them */
	size_t n;
	bool replace;     /* the targets replace those of the account, now */
	const char *code; /* until it is typed the targets are pending; NULL:
			     they are active at once */
	const struct keyed_secrets *secrets; /* of codes */
	bool replace_then; /* they replace the others when code is typed */
	int64_t now;
};

/* How long the code of a pending target is good. */
#define FORWARDS_CODE_SECONDS 86400

/* Reads what an administrator or a newcomer has typed as a target.  RC_PERM: no
   mail can be sent to it. */
enum rc forwards_read_target(struct arena *a, const char *text,
    const char **out, struct err *err);

/* Makes the change.  Returns what forwards_add does. */
enum rc forwards_change_tx(struct db *db, struct forwards_change *change,
    struct err *err);

/* Looks where the targets of that change lead, with all forwards and accounts
   as if they were active; those of the account in the store do not matter.
   *note, if note is not NULL: as struct forwards has it.  RC_PERM: a way leads
   back to the account, or is too long. */
enum rc forwards_check_way_tx(struct db *db,
    const struct forwards_change *change, const char **note, struct err *err);
