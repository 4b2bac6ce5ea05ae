/* SPDX-License-Identifier: MIT */
/*
 * lease - jobs that stand in a table, each to be done once, though many
 * processes look for jobs and any of them may die.  A job is due, a process
 * claims it for a while, and then settles it: the job is done, or put off.
 *
 * A table of jobs has the columns next_try, lease_until, lease_owner and
 * attempts.  Its other columns say what the job is, and belong to the module
 * that does it.  The process that claims a job does the work outside of any
 * transaction.  If the process dies meanwhile the lease runs out, and another
 * process claims the job: the work is done at least once, and twice only if the
 * first process died after the work and before lease_settle.
 *
 * All times are seconds since 1970 by the clock of the store (store_now),
 * because one machine reads the lease of another.
 *
 *	static const struct lease_table mails = LEASE_TABLE("outbox", "id");
 *	rc = lease_claim(store, &search, &lease, err);
 *	...
 *	rc = lease_settle(store, &mails, &lease, write_sent, &mail, err);
 */
#pragma once

#include "base/err.h"
#include "store/back_off.h"
#include "store/db.h"
#include "store/due.h"

/* Conditions in SQL: no lease holds the row; and, besides, it is due.  They use
   the values ?1 to ?3, of the types "iii", which are LEASE_DUE_VALUES(due). */
#define LEASE_IS_FREE "(lease_until <= ?1 OR lease_until > ?3)"
#define LEASE_IS_DUE  "(next_try <= ?1 OR next_try > ?2) AND " LEASE_IS_FREE

/* Part of LEASE_FIRST. */
#define LEASE_FIRST_OF(table, key, where, order, name)                         \
	"SELECT * FROM (SELECT " key ", next_try FROM " table " WHERE " where  \
	" AND " LEASE_IS_FREE " ORDER BY " order " LIMIT 1) AS " name

/* A query in SQL: the key of the row that is due first.  state is a condition,
   and order begins with next_try; with an index of the columns of state and
   order the query costs the same however many rows there are, due or not.  The
   rows whose time cannot be right come behind all others. */
#define LEASE_FIRST(table, key, state, order)                                  \
	"SELECT " key                                                          \
	" FROM (" LEASE_FIRST_OF(table, key, state " AND next_try <= ?1",      \
	    order, "past") " UNION ALL " LEASE_FIRST_OF(table, key,            \
	    state " AND next_try > ?2", order,                                 \
	    "wrong") ") AS due_first ORDER BY next_try LIMIT 1"
#define LEASE_DUE_VALUES(due)                                                  \
	(due)->now, (due)->now + (due)->next_most, (due)->now + DUE_LEASE_MAX

/* Initializes a struct lease_table, from the name of the table and that of its
   key, which is a column of text. */
#define LEASE_TABLE(table, key)                                                \
	{                                                                      \
		.take = "UPDATE " table " SET lease_until = ?2, "              \
			"lease_owner = ?3, attempts = ?4 WHERE " key " = ?1",  \
		.see = "SELECT lease_owner IS NULL FROM " table " WHERE " key  \
		       " = ?1 AND attempts = ?2 "                              \
		       "AND (lease_owner IS NULL OR lease_owner = ?3)",        \
	}

struct lease_table {
	const char *take, *see; /* SQL, made by LEASE_TABLE */
};

struct lease {
	const char *key;
	const char *owner; /* a name for the process that holds the lease */
	int64_t until;
	/* How often the job was claimed, this time included, so that a job that
	   kills its process waits longer each time.  The number tells two
	   leases of one owner apart. */
	int64_t attempts;
};

/* Returns which rows are due now, where no next try is put off by more than
   max_ms. */
struct due lease_due(int64_t now, int64_t max_ms);

/* Finds the job that is due first, and sets key and attempts of *out; attempts
   is how often the job was claimed before.  RC_NONE: no job is due. */
typedef enum rc lease_find(struct db *db, void *context, struct lease *out,
    struct err *err);

struct lease_search {
	const struct lease_table *table;
	const char *owner;
	int64_t now, lease_ms;
	lease_find *due;
	/* The same, called in the transaction that claims the job, to read or
	   change other rows with it.  If it returns RC_OK and leaves the key
	   NULL, its changes are committed without a claim, and lease_claim
	   looks for the next job. */
	lease_find *admit;
	void *context; /* for due and admit */
};

/* RC_NONE: nothing is due. */
enum rc lease_claim(struct store *store, const struct lease_search *search,
    struct lease *out, struct err *err);

/* Ends a lease: calls write in a transaction.  write must set lease_until to 0
   and lease_owner to NULL, and note what has become of the job.  RC_NONE: the
   lease was lost meanwhile, or the job is gone; nothing is written, and the
   process that holds the job now settles it. */
enum rc lease_settle(struct store *store, const struct lease_table *table,
    const struct lease *lease, store_work *write, void *context,
    struct err *err);

/* Returns when a job that has failed is tried again, after so many attempts. */
int64_t lease_next_try(const struct back_off *back_off, int64_t attempts,
    int64_t now);
