/* SPDX-License-Identifier: MIT */
#include "store/forward_table.h"

#include <string.h>

#define COLUMNS "account, target, state, created, verified_at, failing"

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

static void
read_forward(struct db_row *row, struct arena *a, void *out)
{
	*(struct forward *)out = (struct forward){
	    .account = db_text(row, 0, a),
	    .target = db_text(row, 1, a),
	    .state = (enum forward_state)db_word(db_text(row, 2, a),
		state_names, sizeof(state_names) / sizeof(*state_names)),
	    .created = db_integer(row, 3),
	    .verified = db_integer(row, 4),
	    .failing = db_integer(row, 5),
	};
}

enum rc
forward_walk(struct db *db, const char *account, struct db_row **out,
    struct err *err)
{
	if (account == NULL)
		return db_start_long(db,
		    "SELECT " COLUMNS " FROM forward ORDER BY account, target",
		    "", out, err);
	return db_start(db,
	    "SELECT " COLUMNS " FROM forward WHERE account = ?1 "
	    "ORDER BY target",
	    "s", out, err, account);
}

enum rc
forward_next(struct db_row *row, struct arena *a, struct forward *out,
    struct err *err)
{
	return db_read_next(row, (struct db_reader){read_forward, out, a}, err);
}

enum rc
forward_list(struct db *db, struct arena *a, const char *account,
    struct forward **out, size_t *n, struct err *err)
{
	struct db_row *row;
	struct forward forward;
	enum rc rc = forward_walk(db, account, &row, err);

	*out = NULL;
	*n = 0;
	if (rc != RC_OK)
		return rc;
	while ((rc = forward_next(row, a, &forward, err)) == RC_OK) {
		*out = db_more(a, *out, *n, sizeof(**out));
		(*out)[(*n)++] = forward;
	}
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

/* By the target, too, MariaDB would sort all rows before it gives the first. */
enum rc
account_forward_walk(struct db *db, struct db_row **out, struct err *err)
{
	return db_start_long(db,
	    "SELECT account.address, target, forward.state, forward.created, "
	    "verified_at, failing, account.state, account.created, strategy "
	    "FROM account LEFT JOIN forward "
	    "ON forward.account = account.address "
	    "ORDER BY account.address",
	    "", out, err);
}

struct account_forward {
	struct account account;
	struct forward forward;
};

static void
read_account_forward(struct db_row *row, struct arena *a, void *out)
{
	struct account_forward *both = out;
	const char *target = db_text(row, 1, a);

	both->forward = (struct forward){0};
	if (target != NULL)
		read_forward(row, a, &both->forward);
	both->account = (struct account){
	    .address = db_text(row, 0, a),
	    .suspended = strcmp(db_text(row, 6, a), "active") != 0,
	    .created = db_integer(row, 7),
	    .strategy = db_text(row, 8, a),
	};
}

enum rc
account_forward_next(struct db_row *row, struct arena *a,
    struct account *account, struct forward *forward, struct err *err)
{
	struct account_forward both;
	enum rc rc = db_read_next(row,
	    (struct db_reader){read_account_forward, &both, a}, err);

	if (rc == RC_OK) {
		*account = both.account;
		*forward = both.forward;
	}
	return rc;
}

static void
read_forward_and_code(struct db_row *row, struct arena *a, void *out)
{
	struct forward *forward = out;

	read_forward(row, a, out);
	forward->code_hash = db_text(row, 6, a);
	forward->code_expires = db_integer(row, 7);
	forward->code_wrong = db_integer(row, 8);
	forward->replaces = db_integer(row, 9) != 0;
}

enum rc
forward_find(struct db *db, struct arena *a, const char *account,
    const char *target, struct forward *out, struct err *err)
{
	return db_read_first(db,
	    (struct db_reader){read_forward_and_code, out, a}, err,
	    "SELECT " COLUMNS ", code_hash, code_expires, code_wrong, "
	    "replaces "
	    "FROM forward WHERE account = ?1 AND LOWER(target) = LOWER(?2)",
	    "ss", account, target);
}

enum rc
forward_set_failing(struct db *db, const char *account, const char *target,
    int64_t since, struct err *err)
{
	return db_run(db, err,
	    "UPDATE forward SET failing = ?1 "
	    "WHERE account = ?2 AND LOWER(target) = LOWER(?3)",
	    "iss", since, account, target);
}

/* A time that never was, and a code that is none, are NULL and not 0. */
enum rc
forward_add(struct db *db, const struct forward *forward, struct err *err)
{
	return db_run(db, err,
	    "INSERT INTO forward (account, target, state, created, "
	    "verified_at, code_hash, code_expires, replaces) "
	    "VALUES (?1, ?2, ?3, ?4, NULLIF(?5, 0), ?6, NULLIF(?7, 0), ?8)",
	    "sssiisii", forward->account, forward->target,
	    forward_state_name(forward->state), forward->created,
	    forward->verified, forward->code_hash, forward->code_expires,
	    (int64_t)forward->replaces);
}

enum rc
forward_set_state(struct db *db, const char *account, const char *target,
    enum forward_state state, struct err *err)
{
	return db_run(db, err,
	    "UPDATE forward SET state = ?1 "
	    "WHERE account = ?2 AND LOWER(target) = LOWER(?3)",
	    "sss", forward_state_name(state), account, target);
}

enum rc
forward_verify(struct db *db, const char *account, const char *target,
    int64_t now, struct err *err)
{
	return db_run(db, err,
	    "UPDATE forward SET state = 'active', verified_at = ?1, "
	    "code_hash = NULL, code_expires = NULL, code_wrong = 0, "
	    "replaces = 0 "
	    "WHERE account = ?2 AND LOWER(target) = LOWER(?3)",
	    "iss", now, account, target);
}

enum rc
forward_count_wrong_code(struct db *db, const char *account, const char *target,
    struct err *err)
{
	return db_run(db, err,
	    "UPDATE forward SET code_wrong = code_wrong + 1 "
	    "WHERE account = ?1 AND LOWER(target) = LOWER(?2)",
	    "ss", account, target);
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
