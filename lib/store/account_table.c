/* SPDX-License-Identifier: MIT */
#include "store/account_table.h"

#include "store/decision_table.h"
#include "store/private/bite.h"

#include <string.h>

static const char *
state_name(bool suspended)
{
	return suspended ? "suspended" : "active";
}

static void
read_account(struct db_row *row, struct arena *a, void *out)
{
	*(struct account *)out = (struct account){
	    .address = db_text(row, 0, a),
	    .suspended = strcmp(db_text(row, 1, a), "active") != 0,
	    .created = db_integer(row, 2),
	    .strategy = db_text(row, 3, a),
	};
}

static void
read_account_found(struct db_row *row, struct arena *a, void *out)
{
	read_account(row, a, out);
	((struct account *)out)->has_rules = db_integer(row, 4) != 0;
	((struct account *)out)->has_choices = db_integer(row, 5) != 0;
}

enum rc
account_find(struct db *db, struct arena *a, const char *address,
    struct account *out, struct err *err)
{
	return db_read_first(db, (struct db_reader){read_account_found, out, a},
	    err,
	    "SELECT address, state, created, strategy, EXISTS "
	    "(SELECT 1 FROM sender_rule WHERE account = ?1), EXISTS "
	    "(SELECT 1 FROM account_check WHERE account = ?1) FROM account "
	    "WHERE address = ?1",
	    "s", address);
}

enum rc
account_list(struct db *db, struct db_row **out, struct err *err)
{
	return db_start_long(db,
	    "SELECT address, state, created, strategy FROM account "
	    "ORDER BY address",
	    "", out, err);
}

enum rc
account_next(struct db_row *row, struct arena *a, struct account *out,
    struct err *err)
{
	return db_read_next(row, (struct db_reader){read_account, out, a}, err);
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
account_set_strategy(struct db *db, const char *address, const char *strategy,
    struct err *err)
{
	return db_run(db, err,
	    "UPDATE account SET strategy = ?1 WHERE address = ?2", "ss",
	    strategy, address);
}

enum rc
account_digest(struct db *db, const char *address, int64_t *day,
    struct err *err)
{
	return db_read_first(db, db_integer_reader(day), err,
	    "SELECT digest FROM account WHERE address = ?1", "s", address);
}

enum rc
account_set_digest(struct db *db, const char *address, int64_t day,
    struct err *err)
{
	return db_run(db, err,
	    "UPDATE account SET digest = ?1 WHERE address = ?2", "is", day,
	    address);
}

static void
read_address(struct db_row *row, struct arena *a, void *out)
{
	*(const char **)out = db_text(row, 0, a);
}

enum rc
account_digests_due(struct db *db, struct arena *a, int64_t day, int64_t today,
    const char ***out, size_t *n, struct err *err)
{
	struct db_row *row;
	const char *address;
	enum rc rc = db_start(db,
	    "SELECT address FROM (SELECT address FROM account "
	    "WHERE digest > 0 AND digest < ?1 AND state = 'active' "
	    "ORDER BY digest LIMIT 100) AS late UNION "
	    "SELECT address FROM (SELECT address FROM account "
	    "WHERE digest > ?2 AND state = 'active' "
	    "ORDER BY digest LIMIT 100) AS wrong LIMIT 100",
	    "ii", &row, err, day, today);

	*out = NULL;
	*n = 0;
	if (rc != RC_OK)
		return rc;
	while ((rc = db_read_next(row,
		    (struct db_reader){read_address, &address, a}, err)) ==
	       RC_OK) {
		*out = db_more(a, *out, *n, sizeof(**out));
		(*out)[(*n)++] = address;
	}
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
account_delete(struct db *db, const char *address, struct err *err)
{
	enum rc rc = db_run(db, err, "DELETE FROM account WHERE address = ?1",
	    "s", address);
	enum rc forgotten;

	if (rc != RC_OK)
		return rc;
	forgotten = decision_forget(db, address, err);
	return forgotten == RC_NONE ? RC_OK : forgotten;
}
