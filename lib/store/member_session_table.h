/* SPDX-License-Identifier: MIT */
/*
 * member_session_table - browsers in which members have signed in.
 */
#pragma once

#include "store/db.h"

struct member_session {
	const char *token_hash; /* unique; nothing tells the token */
	const char *account;    /* a key of account_table */
	const char *browser;    /* a hash of what the browser says it is */
	int64_t created, used;  /* seconds since 1970 */
};

/* RC_PERM: there is no such account, or the session is there already. */
enum rc member_session_add(struct db *db, const struct member_session *session,
    struct err *err);

/* RC_NONE, of these three: there is no such session. */
enum rc member_session_find(struct db *db, struct arena *a,
    const char *token_hash, struct member_session *out, struct err *err);
enum rc member_session_use(struct db *db, const char *token_hash, int64_t used,
    struct err *err);
enum rc member_session_remove(struct db *db, const char *token_hash,
    struct err *err);

/* Removes all sessions of an account.  RC_NONE: there was none. */
enum rc member_session_remove_all(struct db *db, const char *account,
    struct err *err);

/* Removes the sessions that were not used since `used`, that are older than
   `created`, or that are of a time after `now`.  RC_NONE: there was none. */
enum rc member_session_expire(struct db *db, int64_t used, int64_t created,
    int64_t now, struct err *err);

/* Counts all sessions. */
enum rc member_session_count(struct db *db, int64_t *out, struct err *err);
