/* SPDX-License-Identifier: MIT */
#include "store/forward_table.h"

#include <string.h>

#define COLUMNS "account, target, state, created, verified_at"

static const char *const state_names[] = {
    [FORWARD_PENDING] = "pending",
    [FORWARD_ACTIVE] = "active",
    [FORWARD_PAUSED] = "paused",
};

const char *
forward_state_name(enum forward_state state)
{
	return state_names[state];
}

/* The table's CHECK rule lets no other word in. */
static enum forward_state
state_of(const char *name)
{
	if (strcmp(name, state_names[FORWARD_ACTIVE]) == 0)
		return FORWARD_ACTIVE;
	if (strcmp(name, state_names[FORWARD_PAUSED]) == 0)
		return FORWARD_PAUSED;
	return FORWARD_PENDING;
}

static struct forward
read_forward(struct db_row *row, struct arena *a)
{
	return (struct forward){
	    .account = db_text(row, 0, a),
	    .target = db_text(row, 1, a),
	    .state = state_of(db_text(row, 2, a)),
	    .created = db_integer(row, 3),
	    .verified = db_integer(row, 4),
	};
}

static enum rc
start_list(struct db *db, const char *account, struct db_row **out,
    struct err *err)
{
	if (account == NULL)
		return db_start(db,
		    "SELECT " COLUMNS " FROM forward ORDER BY account, target",
		    "", out, err);
	return db_start(db,
	    "SELECT " COLUMNS " FROM forward WHERE account = ?1 "
	    "ORDER BY target",
	    "s", out, err, account);
}

enum rc
forward_list(struct db *db, struct arena *a, const char *account,
    struct forward **out, size_t *n, struct err *err)
{
	struct db_row *row;
	enum rc rc = start_list(db, account, &row, err);

	*out = NULL;
	*n = 0;
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(row, err)) == RC_OK) {
		*out = db_more(a, *out, *n, sizeof(**out));
		(*out)[(*n)++] = read_forward(row, a);
	}
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

/* verified_at is NULL, not 0, where it never was. */
enum rc
forward_add(struct db *db, const struct forward *forward, struct err *err)
{
	return db_run(db, err,
	    "INSERT INTO forward (account, target, state, created, "
	    "verified_at) VALUES (?1, ?2, ?3, ?4, NULLIF(?5, 0))",
	    "sssii", forward->account, forward->target,
	    forward_state_name(forward->state), forward->created,
	    forward->verified);
}

enum rc
forward_set_state(struct db *db, const char *account, const char *target,
    enum forward_state state, int64_t now, struct err *err)
{
	return db_run(db, err,
	    "UPDATE forward SET state = ?1, "
	    "verified_at = CASE WHEN ?1 = 'active' THEN "
	    "COALESCE(verified_at, ?2) ELSE verified_at END "
	    "WHERE account = ?3 AND LOWER(target) = LOWER(?4)",
	    "siss", forward_state_name(state), now, account, target);
}

enum rc
forward_remove(struct db *db, const char *account, const char *target,
    struct err *err)
{
	return db_run(db, err,
	    "DELETE FROM forward "
	    "WHERE account = ?1 AND LOWER(target) = LOWER(?2)",
	    "ss", account, target);
}
