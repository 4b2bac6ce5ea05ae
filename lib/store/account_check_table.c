/* SPDX-License-Identifier: MIT */
#include "store/account_check_table.h"

#include <string.h>

static void
read_account_check(struct db_row *row, struct arena *a, void *out)
{
	*(struct account_check *)out = (struct account_check){
	    .account = db_text(row, 0, a),
	    .check = db_text(row, 1, a),
	    .on = strcmp(db_text(row, 2, a), "on") == 0,
	    .created = db_integer(row, 3),
	};
}

enum rc
account_check_list(struct db *db, struct arena *a, const char *account,
    struct account_check **out, size_t *n, struct err *err)
{
	struct account_check choice;
	struct db_row *row;
	enum rc rc = db_start(db,
	    "SELECT account, name, choice, created FROM account_check "
	    "WHERE account = ?1 ORDER BY name",
	    "s", &row, err, account);

	*out = NULL;
	*n = 0;
	if (rc != RC_OK)
		return rc;
	while ((rc = db_read_next(row,
		    (struct db_reader){read_account_check, &choice, a}, err)) ==
	       RC_OK) {
		*out = db_more(a, *out, *n, sizeof(**out));
		(*out)[(*n)++] = choice;
	}
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
account_check_put(struct db *db, const struct account_check *choice,
    struct err *err)
{
	return db_run(db, err,
	    "REPLACE INTO account_check (account, name, choice, created) "
	    "VALUES (?1, ?2, ?3, ?4)",
	    "sssi", choice->account, choice->check, choice->on ? "on" : "off",
	    choice->created);
}

enum rc
account_check_remove(struct db *db, const char *account, const char *check,
    struct err *err)
{
	return db_run(db, err,
	    "DELETE FROM account_check WHERE account = ?1 AND name = ?2", "ss",
	    account, check);
}
