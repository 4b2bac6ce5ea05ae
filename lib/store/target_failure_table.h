/* SPDX-License-Identifier: MIT */
/*
 * target_failure_table - messages that a forward's target did not take, one row
 * for each target and message.  What the rows lead to is decided in
 * lib/targets.
 */
#pragma once

#include "store/db.h"

#include <stdbool.h>
#include <stddef.h>

enum failure_kind {
	FAILURE_HARD,   /* there is no such mailbox */
	FAILURE_POLICY, /* the message was refused, perhaps not the mailbox */
	FAILURE_SOFT,   /* tried for days in vain */
	FAILURE_REMOTE, /* another host says so, and anybody can write that */
	FAILURE_KINDS
};

/* "hard", "policy", "soft", "remote" */
const char *failure_kind_name(enum failure_kind kind);

/* In bytes; longer names of messages are refused. */
#define TARGET_FAILURE_MESSAGE_MAX 100

struct target_failure {
	const char *account, *target; /* a forward */
	const char
	    *message; /* which message: the same for all who tell of it */
	enum failure_kind kind;
	const char *status; /* "5.1.1", at most 16 bytes; NULL: not known */
	int64_t at;         /* when it was told, in seconds since 1970 */
};

/* RC_PERM: that message was counted before, or there is no such forward. */
enum rc target_failure_add(struct db *db, const struct target_failure *failure,
    struct err *err);

/* Counts the rows of one target and kind from that time on. */
enum rc target_failure_count(struct db *db, const struct target_failure *of,
    int64_t since, int64_t *out, struct err *err);

struct target_failure_search {
	enum failure_kind kind;
	int64_t since, until; /* both are within it */
	int64_t least;        /* so many failures of one target */
	bool decided_only;    /* those of messages whose decision is in the
				 table decision, by their queue id */
};

/* Lists the active targets that do not fail yet and have so many failures of
   one kind: of each the latest.  At most 1000. */
enum rc target_failure_list(struct db *db, struct arena *a,
    const struct target_failure_search *search, struct target_failure **out,
    size_t *n, struct err *err);

/* Removes the rows of one target.  RC_NONE: there was none. */
enum rc target_failure_forget(struct db *db, const char *account,
    const char *target, struct err *err);
/* Removes those that are older, and those that are later than `after`, which a
   wrong clock has made; about 1000 at a time.  RC_NONE: there was none. */
enum rc target_failure_expire(struct db *db, int64_t before, int64_t after,
    struct err *err);
