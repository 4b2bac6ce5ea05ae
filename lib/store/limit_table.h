/* SPDX-License-Identifier: MIT */
/*
 * limit_table - how often something was done within a span of time, counted
 * where all programs and hosts see it.
 */
#pragma once

#include "store/db.h"

#include <stdbool.h>

/* "most times within span seconds"; name says of whom, such as
   "ask:client:192.0.2.1" (at most 320 bytes). */
struct limit {
	const char *name;
	int64_t most, span;
};

/* Within a transaction that will be committed.  RC_OK: counted.  RC_NONE: it
   was that often already, and is not counted; *wait: seconds until the span
   begins anew. */
enum rc limit_take(struct db *db, const struct limit *limit, int64_t now,
    int64_t *wait, struct err *err);

/* The same question, without counting. */
enum rc limit_look(struct db *db, const struct limit *limit, int64_t now,
    int64_t *wait, struct err *err);

/* Removes what has not counted since before `now`.  RC_NONE: none. */
enum rc limit_expire(struct db *db, int64_t now, struct err *err);
