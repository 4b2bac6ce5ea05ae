/* SPDX-License-Identifier: MIT */
/*
 * author_token_table - which accounts have had mail of an author whose From was
 * written anew, by the token that stands for the author.
 */
#pragma once

#include "store/db.h"

/* A row that was not used for so long is worth nothing. */
#define AUTHOR_TOKEN_SECONDS ((int64_t)365 * 24 * 3600)

struct author_token {
	const char *account; /* as address_key */
	const char *author;  /* as address_text */
};

/* Notes that it is used at `now`, in seconds since 1970; what was noted in the
   last day is not written again.  Removes the rows that are worth nothing. */
enum rc author_token_put(struct db *db, const char *token,
    const struct author_token *row, int64_t now, struct err *err);

/* The author, as last written.  RC_NONE: nobody knows the token. */
enum rc author_token_find(struct db *db, struct arena *a, const char *token,
    int64_t now, const char **author, struct err *err);

/* Rows of a token: those of accounts with that active target, and of others the
   ones used last; each list no longer than AUTHOR_TOKEN_LIST_MAX. */
#define AUTHOR_TOKEN_LIST_MAX 50

enum rc author_token_list_by_target(struct db *db, struct arena *a,
    const char *token, const char *target, int64_t now,
    struct author_token **out, size_t *n, struct err *err);
enum rc author_token_list(struct db *db, struct arena *a, const char *token,
    int64_t now, struct author_token **out, size_t *n, struct err *err);

/* Removes the rows of an account; and some of those that are worthless, about
   100 at a time.  RC_NONE, of these two: there was none. */
enum rc author_token_forget(struct db *db, const char *account,
    struct err *err);
enum rc author_token_expire(struct db *db, int64_t now, struct err *err);
