/* SPDX-License-Identifier: MIT */
/*
 * forward_table - where an account's mail goes.
 */
#pragma once

#include "store/account_table.h"
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
	int64_t failing; /* since when no mail goes to an active target because
			    it fails (lib/targets); 0: it works */
	/* Set only in a pending forward, and only by forward_find. */
	const char *code_hash;
	int64_t code_expires, code_wrong; /* how often it was typed wrongly */
	bool replaces; /* once verified it replaces all other forwards */
};

const char *forward_state_name(enum forward_state state);

/* Lists the forwards of one account, or of all if account is NULL, in the order
   of account and target. */
enum rc forward_list(struct db *db, struct arena *a, const char *account,
    struct forward **out, size_t *n, struct err *err);

/* The same list, one row after another: call forward_next until it returns
   RC_NONE or an error, then db_end. */
enum rc forward_walk(struct db *db, const char *account, struct db_row **out,
    struct err *err);
enum rc forward_next(struct db_row *row, struct arena *a, struct forward *out,
    struct err *err);

/* All accounts in their order, each as often as it has forwards and once if it
   has none: call account_forward_next until it returns RC_NONE or an error,
   then db_end.  What is read is of one moment.  forward->target NULL: it has
   none. */
enum rc account_forward_walk(struct db *db, struct db_row **out,
    struct err *err);
enum rc account_forward_next(struct db_row *row, struct arena *a,
    struct account *account, struct forward *forward, struct err *err);

/* Upper and lower case of the target do not matter here and below.  RC_NONE: no
   such forward. */
enum rc forward_find(struct db *db, struct arena *a, const char *account,
    const char *target, struct forward *out, struct err *err);

/* RC_PERM: the account has that target already, or there is no such
   account. */
enum rc forward_add(struct db *db, const struct forward *forward,
    struct err *err);

/* RC_NONE, of these five: no such forward. */
enum rc forward_set_state(struct db *db, const char *account,
    const char *target, enum forward_state state, struct err *err);
/* Sets since when the target fails; 0: it does no more. */
enum rc forward_set_failing(struct db *db, const char *account,
    const char *target, int64_t since, struct err *err);
/* Makes the forward active and forgets its code. */
enum rc forward_verify(struct db *db, const char *account, const char *target,
    int64_t now, struct err *err);
enum rc forward_count_wrong_code(struct db *db, const char *account,
    const char *target, struct err *err);
enum rc forward_remove(struct db *db, const char *account, const char *target,
    struct err *err);
