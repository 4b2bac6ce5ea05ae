/* SPDX-License-Identifier: MIT */
/*
 * signed_in - browsers in which a member has signed in.
 *
 * A browser keeps a random token, and the store its hash.  A session is over
 * when it was not used for a while, when it is some hours old, or when its
 * token comes from another browser.  A member may have several at once.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "store/db.h"

#include <stdbool.h>

#define SIGNED_IN_TOKEN_LEN 43 /* characters of base64url: 256 bits */

/* That a session is used is written down at most once in so many seconds. */
#define SIGNED_IN_USE_SECONDS 60

struct signed_in_times {
	int64_t idle_ms; /* since its last use a session is good for so long */
	int64_t most_ms; /* since its beginning */
};

struct signed_in {
	const char *account; /* a key of account_table */
	const char *token;
};

/* RC_TEMP: the system has no random bytes. */
enum rc signed_in_token(struct arena *a, const char **out, struct err *err);

/* Begins a session, within a transaction.  browser: what the browser says it is
   (User-Agent), or NULL.  RC_PERM: there is no such account, or that session is
   there already. */
enum rc signed_in_begin_tx(struct db *db, struct arena *a,
    const struct signed_in *session, const char *browser, int64_t now,
    struct err *err);

/* True: the session was begun a moment ago; for a work that is called once more
   (store_change). */
enum rc signed_in_has_begun(struct db *db, struct arena *a,
    const struct signed_in *session, struct err *err);

/* RC_NONE: the token is none, its session is over or was begun in another
   browser, or the account is suspended.  A session that is refused for its
   browser is over. */
enum rc signed_in_find(struct store *store, const struct signed_in_times *times,
    struct arena *a, const char *token, const char *browser, int64_t now,
    struct signed_in *out, struct err *err);

/* Ends one session.  RC_OK also if there is none. */
enum rc signed_in_end(struct store *store, struct arena *a, const char *token,
    struct err *err);

/* Ends all sessions of an account. */
enum rc signed_in_end_all(struct store *store, const char *account,
    struct err *err);
