/* SPDX-License-Identifier: MIT */
/*
 * account_check_table - checks that a member has switched on or off for the
 * mail of his own account.
 */
#pragma once

#include "store/db.h"

#include <stdbool.h>
#include <stddef.h>

struct account_check {
	const char *account; /* a key of account_table */
	const char *check;   /* its name, "greylist" */
	bool on;
	int64_t created; /* seconds since 1970 */
};

/* Lists the choices of one account in the order of check. */
enum rc account_check_list(struct db *db, struct arena *a, const char *account,
    struct account_check **out, size_t *n, struct err *err);

/* Writes a choice, in place of another about the same check.  RC_PERM: there is
   no such account. */
enum rc account_check_put(struct db *db, const struct account_check *choice,
    struct err *err);

/* RC_NONE: there is none about that check. */
enum rc account_check_remove(struct db *db, const char *account,
    const char *check, struct err *err);
