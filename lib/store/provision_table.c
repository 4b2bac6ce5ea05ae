/* SPDX-License-Identifier: MIT */
#include "store/provision_table.h"

#define COLUMNS                                                                \
	"request, next_try, lease_until, attempts, lease_owner, done, "        \
	"last_error"

const struct lease_table provision_leases = LEASE_TABLE("provision", "request");

enum rc
provision_insert(struct db *db, const char *request, int64_t now,
    struct err *err)
{
	return db_run(db, err,
	    "INSERT INTO provision (request, next_try, lease_until, attempts, "
	    "done) VALUES (?1, ?2, 0, 0, 0)",
	    "si", request, now);
}

enum rc
provision_again(struct db *db, const char *request, int64_t now,
    struct err *err)
{
	enum rc rc = db_run(db, err, "DELETE FROM provision WHERE request = ?1",
	    "s", request);

	return rc == RC_OK || rc == RC_NONE
		   ? provision_insert(db, request, now, err)
		   : rc;
}

static void
read_provision(struct db_row *row, struct arena *a, void *out)
{
	*(struct provision *)out = (struct provision){
	    .request = db_text(row, 0, a),
	    .next_try = db_integer(row, 1),
	    .lease_until = db_integer(row, 2),
	    .attempts = db_integer(row, 3),
	    .lease_owner = db_text(row, 4, a),
	    .done = db_integer(row, 5),
	    .error = db_text(row, 6, a),
	};
}

enum rc
provision_by_request(struct db *db, struct arena *a, const char *request,
    struct provision *out, struct err *err)
{
	return db_read_first(db, (struct db_reader){read_provision, out, a},
	    err, "SELECT " COLUMNS " FROM provision WHERE request = ?1", "s",
	    request);
}

enum rc
provision_walk_failed(struct db *db, struct db_row **out, struct err *err)
{
	return db_start_long(db,
	    "SELECT " COLUMNS ", userid FROM provision "
	    "JOIN request ON request.id = provision.request "
	    "WHERE last_error IS NOT NULL ORDER BY done = 0, created, id",
	    "", out, err);
}

enum rc
provision_next_failed(struct db_row *row, struct arena *a,
    struct provision *out, const char **userid, struct err *err)
{
	enum rc rc =
	    db_read_next(row, (struct db_reader){read_provision, out, a}, err);

	if (rc == RC_OK)
		*userid = db_text(row, 7, a);
	return rc;
}

enum rc
provision_due(struct db *db, struct arena *a, const struct due *due,
    struct provision *out, struct err *err)
{
	return db_read_first(db, (struct db_reader){read_provision, out, a},
	    err,
	    "SELECT " COLUMNS " FROM provision WHERE request = "
	    "(" LEASE_FIRST("provision", "request", "done = 0",
		"next_try, request") ")",
	    "iii", LEASE_DUE_VALUES(due));
}

enum rc
provision_update(struct db *db, const struct provision *p, const char *owner,
    struct err *err)
{
	return db_run(db, err,
	    "UPDATE provision SET next_try = ?2, lease_until = ?3, "
	    "attempts = ?4, lease_owner = ?5, done = ?6, last_error = ?7 "
	    "WHERE request = ?1 AND (?8 IS NULL OR lease_owner = ?8)",
	    "siiisiss", p->request, p->next_try, p->lease_until, p->attempts,
	    p->lease_owner, p->done, p->error, owner);
}
