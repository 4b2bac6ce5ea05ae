/* SPDX-License-Identifier: MIT */
/*
 * limit_table - how often something was done within a span of time, counted
 * where all programs and hosts see it.
 */
#pragma once

#include "store/db.h"

#include <stdbool.h>

/* At most so many times within span seconds.  name says what is counted, and of
   whom, such as "ask:client:192.0.2.1" (at most 320 bytes). */
struct limit {
	const char *name;
	int64_t most, span;
};

/* Counts once more, unless the limit is reached.  To be called in a transaction
   that will be committed.  RC_OK: it was counted.  RC_NONE: the limit is
   reached, and nothing was counted; *wait is how many seconds it is until the
   span begins anew. */
enum rc limit_take(struct db *db, const struct limit *limit, int64_t now,
    int64_t *wait, struct err *err);

/* Returns what limit_take would, and counts nothing. */
enum rc limit_look(struct db *db, const struct limit *limit, int64_t now,
    int64_t *wait, struct err *err);

/* Removes the counts whose span ended before `now`, about 1000 at a time.
   RC_NONE: there was none. */
enum rc limit_expire(struct db *db, int64_t now, struct err *err);
