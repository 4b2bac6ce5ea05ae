/* SPDX-License-Identifier: MIT */
/*
 * forward_table - where an account's mail goes.
 */
#pragma once

#include "store/db.h"

#include <stdbool.h>
#include <stddef.h>

enum forward_state {
	FORWARD_PENDING,
	FORWARD_ACTIVE,
	FORWARD_PAUSED
};

struct forward {
	const char *account, *target;
	enum forward_state state;
	int64_t created, verified; /* seconds since 1970; verified 0: never */
	/* While pending; forward_list leaves them out. */
	const char *code_hash;
	int64_t code_expires, code_wrong; /* how often it was typed wrongly */
	bool replaces; /* once confirmed it is the only one */
};

const char *forward_state_name(enum forward_state state);

/* Of one account, or of all if account is NULL; by account and target. */
enum rc forward_list(struct db *db, struct arena *a, const char *account,
    struct forward **out, size_t *n, struct err *err);

/* The same, one after another: forward_next until it is RC_NONE or worse, then
   db_end. */
enum rc forward_walk(struct db *db, const char *account, struct db_row **out,
    struct err *err);
enum rc forward_next(struct db_row *row, struct arena *a, struct forward *out,
    struct err *err);

/* The target in any case.  RC_NONE: no such forward. */
enum rc forward_find(struct db *db, struct arena *a, const char *account,
    const char *target, struct forward *out, struct err *err);

/* RC_PERM: the account has that target already, or there is no such
   account. */
enum rc forward_add(struct db *db, const struct forward *forward,
    struct err *err);

/* The target in any case.  RC_NONE: no such forward. */
enum rc forward_set_state(struct db *db, const char *account,
    const char *target, enum forward_state state, struct err *err);
/* Active from now on, and its code is forgotten. */
enum rc forward_verify(struct db *db, const char *account, const char *target,
    int64_t now, struct err *err);
enum rc forward_count_wrong_code(struct db *db, const char *account,
    const char *target, struct err *err);
enum rc forward_remove(struct db *db, const char *account, const char *target,
    struct err *err);
