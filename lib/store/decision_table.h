/* SPDX-License-Identifier: MIT */
/*
 * decision_table - what was decided about mail to accounts of ours, kept for a
 * while: one row for each decision and account.
 *
 * The rows say nothing that the record does not; their columns are what is
 * searched for.
 */
#pragma once

#include "store/db.h"

#include <stddef.h>

enum decision_action {
	DECISION_ACCEPT,
	DECISION_HOLD, /* accepted, and kept back in Postfix's queue */
	DECISION_DEFER,
	DECISION_REJECT
};

/* "accept", "hold", "defer", "reject" */
const char *decision_action_name(enum decision_action action);

/* Longer texts are cut to these many bytes, between characters, for the
   columns; the record has them whole. */
#define DECISION_SENDER_MAX   320
#define DECISION_QUEUE_ID_MAX 64
#define DECISION_HOST_MAX     255

struct decision_row {
	/* The same in the rows of one decision; random after the time, so that
	   two hosts never choose the same one, and later ones sort later. */
	const char *id;
	const char *account; /* a key of account_table, also if the account is
				of another source */
	int64_t at;          /* seconds since 1970 */
	enum decision_action action;
	const char *sender;   /* as address_key, or as it was said if that is
				 no mailbox; "": the null sender; NULL: not
				 known */
	const char *queue_id; /* NULL: not known */
	const char *host;     /* whose decision it is, by its host name */
	const char *record;   /* as decision_record_pairs writes it */
};

/* RC_PERM: the account has a row with that id already, or is too long. */
enum rc decision_insert(struct db *db, const struct decision_row *row,
    struct err *err);

/* Which rows; a text that is NULL fits any.  since <= at < before. */
struct decision_search {
	const char *account, *sender, *queue_id;
	int64_t since, before;
	bool newest_first;
};

/* Lists rows one after another, by time and id: call decision_next until it
   returns RC_NONE or an error, then db_end. */
enum rc decision_walk(struct db *db, const struct decision_search *search,
    struct db_row **out, struct err *err);
enum rc decision_next(struct db_row *row, struct arena *a,
    struct decision_row *out, struct err *err);

/* The same for those of one account that were not just accepted: the newest,
   and at most so many.  Those of one second come in any order. */
enum rc decision_walk_refused(struct db *db, const char *account, int64_t since,
    int64_t most, struct db_row **out, struct err *err);

/* Counts the rows of since <= at < before. */
enum rc decision_count(struct db *db, int64_t since, int64_t before,
    int64_t *out, struct err *err);

/* Removes at most `most` rows that are older than that.  RC_NONE: there was
   none. */
enum rc decision_expire(struct db *db, int64_t before, int64_t most,
    struct err *err);
/* Of the rows that are as old as that or younger, leaves the oldest `left` and
   removes the youngest, about `most` of them at once.  RC_NONE: there were no
   more than those. */
enum rc decision_trim(struct db *db, int64_t since, int64_t left, int64_t most,
    struct err *err);
/* Removes the rows of an account.  RC_NONE: there was none. */
enum rc decision_forget(struct db *db, const char *account, struct err *err);
