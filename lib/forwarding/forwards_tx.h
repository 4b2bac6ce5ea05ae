/* SPDX-License-Identifier: MIT */
/*
 * forwards_tx - the rules of forwards.h inside a transaction that changes
 * more than them.  For lib/forwarding and lib/members.
 */
#pragma once

#include "forwarding/forwards.h"

struct forwards_change {
	const struct forwards_settings *settings;
	struct arena *arena;
	const char *account;
	const char **targets; /* as forwards_read_target gives them */
	size_t n;
	bool replace;
	const char *code; /* NULL: confirmed */
	const struct keyed_secrets *secrets;
	bool replace_then; /* when the code has been typed */
	int64_t now;
};

#define FORWARDS_CODE_SECONDS 86400

/* RC_PERM: no address that mail can be sent to. */
enum rc forwards_read_target(struct arena *a, const char *text,
    const char **out, struct err *err);

/* As forwards_add and its like answer. */
enum rc forwards_change_tx(struct db *db, struct forwards_change *change,
    struct err *err);
