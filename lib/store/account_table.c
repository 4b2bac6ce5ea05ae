/* SPDX-License-Identifier: MIT */
#include "store/account_table.h"

#include <string.h>

static const char *
state_name(bool suspended)
{
	return suspended ? "suspended" : "active";
}

static struct account
read_account_row(struct db_row *row, struct arena *a)
{
	return (struct account){
	    .address = db_text(row, 0, a),
	    .suspended = strcmp(db_text(row, 1, a), "active") != 0,
	    .created = db_integer(row, 2),
	};
}

enum rc
account_find(struct db *db, struct arena *a, const char *address,
    struct account *out, struct err *err)
{
	struct db_row *row;
	enum rc rc = db_start(db,
	    "SELECT address, state, created FROM account WHERE address = ?1",
	    "s", &row, err, address);

	if (rc != RC_OK)
		return rc;
	rc = db_next(row, err);
	if (rc == RC_OK)
		*out = read_account_row(row, a);
	db_end(row);
	return rc;
}

enum rc
account_list(struct db *db, struct db_row **out, struct err *err)
{
	return db_start_long(db,
	    "SELECT address, state, created FROM account ORDER BY address", "",
	    out, err);
}

enum rc
account_next(struct db_row *row, struct arena *a, struct account *out,
    struct err *err)
{
	enum rc rc = db_next(row, err);

	if (rc == RC_OK)
		*out = read_account_row(row, a);
	return rc;
}

enum rc
account_add(struct db *db, const char *address, int64_t created,
    struct err *err)
{
	return db_run(db, err,
	    "INSERT INTO account (address, state, created) "
	    "VALUES (?1, 'active', ?2)",
	    "si", address, created);
}

enum rc
account_suspend(struct db *db, const char *address, bool suspended,
    struct err *err)
{
	return db_run(db, err,
	    "UPDATE account SET state = ?1 WHERE address = ?2", "ss",
	    state_name(suspended), address);
}

enum rc
account_delete(struct db *db, const char *address, struct err *err)
{
	return db_run(db, err, "DELETE FROM account WHERE address = ?1", "s",
	    address);
}
