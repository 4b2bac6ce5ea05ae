/* SPDX-License-Identifier: MIT */
/*
 * greylist_table - whom greylisting has seen (policy/greylist.h).
 *
 * Times are seconds since 1970 by the clock of the store (db_clock), as one
 * host reads what another has written.
 */
#pragma once

#include "store/db.h"

/* The longest name, in bytes. */
#define GREYLIST_NAME_MAX 64

struct greylist_row {
	const char *name; /* a hash of who was seen */
	int64_t first_seen, last_seen;
	int64_t passes; /* 0: has not come again yet, or too early */
	int64_t expires;
};

/* The row with that name holds in `passes` how many rows the table had when
   the mailer last counted them, at last_seen. */
#define GREYLIST_COUNT "rows"

#define GREYLIST_FIND_MAX 3

/* Finds the rows of three names; a name may be NULL.  out[i].name is NULL where
   there is no row. */
enum rc greylist_find(struct db *db, struct arena *a,
    const char *const names[static GREYLIST_FIND_MAX],
    struct greylist_row out[static GREYLIST_FIND_MAX], struct err *err);

/* Adds a row that is not there, or takes the place of one that has expired
   at first_seen.  RC_PERM: there is one. */
enum rc greylist_add(struct db *db, const struct greylist_row *row,
    struct err *err);

/* Counts one more pass at `now`.  A row that is not there is made. */
enum rc greylist_pass(struct db *db, const char *name, int64_t now,
    int64_t expires, struct err *err);

/* Writes GREYLIST_COUNT. */
enum rc greylist_count(struct db *db, int64_t now, int64_t *out,
    struct err *err);

/* Removes some `most` rows that have expired, or that expire later than any row
   that is written; without any, RC_NONE. */
enum rc greylist_expire(struct db *db, int64_t now, int64_t most,
    struct err *err);

/* Removes some `most` rows of those who have not passed, the oldest first.
   RC_NONE: there is none. */
enum rc greylist_trim(struct db *db, int64_t most, struct err *err);
