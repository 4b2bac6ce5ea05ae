/* SPDX-License-Identifier: MIT */
/*
 * forwards_tx - the rules of forwards.h inside a transaction that changes other
 * tables, too.  For lib/forwarding and lib/members.
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
