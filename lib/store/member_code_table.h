/* SPDX-License-Identifier: MIT */
/*
 * member_code_table - codes that were mailed to members, as hashes: one for
 * each account and purpose.
 */
#pragma once

#include "store/db.h"

#define MEMBER_CODE_PURPOSE_MAX 16 /* bytes */

struct member_code {
	const char *account; /* a key of account_table */
	const char *purpose;
	const char *hash; /* of code_hash.h */
	int64_t expires;  /* seconds since 1970 */
	int64_t wrong;    /* how often another code was typed */
};

/* RC_NONE: there is no code. */
enum rc member_code_find(struct db *db, struct arena *a, const char *account,
    const char *purpose, struct member_code *out, struct err *err);

/* Writes a code, in place of another for the same purpose.  RC_PERM: there is
   no such account. */
enum rc member_code_put(struct db *db, const struct member_code *code,
    struct err *err);

/* RC_NONE, of these two: there is no code. */
enum rc member_code_count_wrong(struct db *db, const char *account,
    const char *purpose, struct err *err);
enum rc member_code_remove(struct db *db, const char *account,
    const char *purpose, struct err *err);

/* Removes the codes whose time is over.  RC_NONE: there was none. */
enum rc member_code_expire(struct db *db, int64_t now, struct err *err);
