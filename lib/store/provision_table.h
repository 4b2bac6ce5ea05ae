/* SPDX-License-Identifier: MIT */
/*
 * provision_table - for which approved requests the administrator's command
 * must run, until it has succeeded.
 */
#pragma once

#include "store/db.h"
#include "store/lease.h"

#include <stddef.h>

/* Times in seconds since 1970; 0: not yet. */
struct provision {
	const char *request; /* id of the request; unique */
	int64_t next_try, lease_until, attempts;
	const char *lease_owner;
	int64_t done;
	/* The last error, printable; or NULL.  In a row that is done: why its
	   command never runs. */
	const char *error;
};

/* A command that has not succeeded is a job (lease.h). */
extern const struct lease_table provision_leases;

/* RC_PERM: the request has a row already. */
enum rc provision_insert(struct db *db, const char *request, int64_t now,
    struct err *err);
/* Makes the command due at once, as if it had never run.  The row may exist or
   not. */
enum rc provision_again(struct db *db, const char *request, int64_t now,
    struct err *err);
/* RC_NONE: the request has no row. */
enum rc provision_by_request(struct db *db, struct arena *a,
    const char *request, struct provision *out, struct err *err);
/* Lists the rows with an error, one after another; those whose command never
   runs come first.  Call provision_next_failed until it returns RC_NONE or an
   error, then db_end.  *userid is that of the request. */
enum rc provision_walk_failed(struct db *db, struct db_row **out,
    struct err *err);
enum rc provision_next_failed(struct db_row *row, struct arena *a,
    struct provision *out, const char **userid, struct err *err);
/* Finds the row that is due first, is not done, and is held by no lease.
   RC_NONE: there is none. */
enum rc provision_due(struct db *db, struct arena *a, const struct due *due,
    struct provision *out, struct err *err);
/* Writes all fields but request; if owner is not NULL, only while the row's
   lease_owner is that.  RC_NONE: no such row, or one that another process
   holds. */
enum rc provision_update(struct db *db, const struct provision *provision,
    const char *owner, struct err *err);
