/* SPDX-License-Identifier: MIT */
/*
 * account_table - who has an address with us.
 *
 * The key of an account is its address, as address_key gives it; "@domain" is a
 * catch-all.
 */
#pragma once

#include "store/db.h"

#include <stdbool.h>

struct account {
	const char *address;
	bool suspended;
	int64_t created; /* seconds since 1970 */
	/* "keep", "hold", "reject", "rewrite": what becomes of mail that may
	   not arrive when it is forwarded; NULL: what is configured. */
	const char *strategy;
	bool has_rules;   /* of senders (sender_rule_table.h); set by
			     account_find only */
	bool has_choices; /* of checks (account_check_table.h); the same */
};

/* RC_NONE: no such account. */
enum rc account_find(struct db *db, struct arena *a, const char *address,
    struct account *out, struct err *err);

/* Lists all accounts by address, one after another: call account_next until it
   returns RC_NONE or an error, then db_end. */
enum rc account_list(struct db *db, struct db_row **out, struct err *err);
enum rc account_next(struct db_row *row, struct arena *a, struct account *out,
    struct err *err);

/* RC_PERM: the account exists already. */
enum rc account_add(struct db *db, const char *address, int64_t created,
    struct err *err);

/* RC_NONE: no such account. */
enum rc account_suspend(struct db *db, const char *address, bool suspended,
    struct err *err);

/* strategy: as in struct account.  RC_NONE: no such account.  RC_PERM: no such
   strategy. */
enum rc account_set_strategy(struct db *db, const char *address,
    const char *strategy, struct err *err);

/* The weekly letter about what did not get through: *day is the day of the last
   one, or on which it was switched on, in days since 1970; 0: none is wanted.
   RC_NONE, of these two: no such account. */
enum rc account_digest(struct db *db, const char *address, int64_t *day,
    struct err *err);
enum rc account_set_digest(struct db *db, const char *address, int64_t day,
    struct err *err);

/* Lists at most ACCOUNT_DIGESTS_MAX accounts, not suspended, whose last letter
   is older than that day, or of a day after today. */
#define ACCOUNT_DIGESTS_MAX 100
enum rc account_digests_due(struct db *db, struct arena *a, int64_t day,
    int64_t today, const char ***out, size_t *n, struct err *err);

/* Deletes the account with its forwards, its rules and sessions, and what was
   decided about its mail; to be called in a transaction.  RC_NONE: no such
   account. */
enum rc account_delete(struct db *db, const char *address, struct err *err);
