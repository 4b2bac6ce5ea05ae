/* SPDX-License-Identifier: MIT */
/*
 * srs_token_table - senders that cannot stand in an SRS address, by their
 * tokens.
 */
#pragma once

#include "store/db.h"

/* Keeps the token at least until `expires`, in seconds since 1970; one that is
   kept for that long already is not written again.  Removes some of the tokens
   that have expired at `now` (srs_token_expire). */
enum rc srs_token_put(struct db *db, const char *token, const char *sender,
    int64_t expires, int64_t now, struct err *err);

/* RC_NONE: the token is unknown or has expired at `now`. */
enum rc srs_token_find(struct db *db, struct arena *a, const char *token,
    int64_t now, const char **sender, struct err *err);

/* Removes tokens that have expired at `now`, about 100 at a time.  RC_NONE:
   there was none. */
enum rc srs_token_expire(struct db *db, int64_t now, struct err *err);
