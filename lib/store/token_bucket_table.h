/* SPDX-License-Identifier: MIT */
/*
 * token_bucket_table - how much more mail somebody may have, or send
 * (policy/rate.h), for all hosts.
 */
#pragma once

#include "store/db.h"

struct token_bucket {
	int64_t level;    /* thousandths of a token, */
	int64_t level_at; /* at that time, in milliseconds since 1970 by the
			     clock of the store (db_clock) */
};

/* RC_NONE: there is none with that name (at most 400 bytes), and so it is
   full. */
enum rc token_bucket_find(struct db *db, const char *name,
    struct token_bucket *out, struct err *err);

/* Writes it in place of the one that was found; NULL: there was none.  RC_NONE
   and RC_PERM: another host has changed it meanwhile. */
enum rc token_bucket_put(struct db *db, const char *name,
    const struct token_bucket *found, const struct token_bucket *bucket,
    struct err *err);

/* Removes some `most` that were last changed before that time, or after
   `future`, both in milliseconds.  RC_NONE: there is none. */
enum rc token_bucket_expire(struct db *db, int64_t before, int64_t future,
    int64_t most, struct err *err);
