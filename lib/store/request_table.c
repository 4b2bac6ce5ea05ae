/* SPDX-License-Identifier: MIT */
#include "store/request_table.h"

#include "store/due.h"

#define COLUMNS                                                                \
	"id, userid, address, email, pubkey, note, state, code_hash, "         \
	"code_expires, code_sent, code_wrong, codes, created, proven, "        \
	"decided, reason"
#define READ_COLUMNS COLUMNS ", approval"

static const char *const state_names[REQUEST_STATES] = {
    [REQUEST_ASKED] = "asked",
    [REQUEST_PROVEN] = "proven",
    [REQUEST_APPROVED] = "approved",
    [REQUEST_REFUSED] = "refused",
};

const char *
request_state_name(enum request_state state)
{
	return state_names[state];
}

static struct request
read_request_row(struct db_row *row, struct arena *a)
{
	return (struct request){
	    .id = db_text(row, 0, a),
	    .userid = db_text(row, 1, a),
	    .address = db_text(row, 2, a),
	    .email = db_text(row, 3, a),
	    .pubkey = db_text(row, 4, a),
	    .note = db_text(row, 5, a),
	    .state = (enum request_state)db_word(db_text(row, 6, a),
		state_names, REQUEST_STATES),
	    .code_hash = db_text(row, 7, a),
	    .code_expires = db_integer(row, 8),
	    .code_sent = db_integer(row, 9),
	    .code_wrong = db_integer(row, 10),
	    .codes = db_integer(row, 11),
	    .created = db_integer(row, 12),
	    .proven = db_integer(row, 13),
	    .decided = db_integer(row, 14),
	    .reason = db_text(row, 15, a),
	    .approval = db_text(row, 16, a),
	};
}

enum rc
request_insert(struct db *db, const struct request *r, struct err *err)
{
	return db_run(db, err,
	    "INSERT INTO request (" COLUMNS ", reserved) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
	    "?14, ?15, ?16, ?17)",
	    "ssssssssiiiiiiiss", r->id, r->userid, r->address, r->email,
	    r->pubkey, r->note, request_state_name(r->state), r->code_hash,
	    r->code_expires, r->code_sent, r->code_wrong, r->codes, r->created,
	    r->proven, r->decided, r->reason,
	    r->state == REQUEST_REFUSED ? NULL : r->address);
}

static enum rc
read_single_request(struct db_row *row, struct arena *a, struct request *out,
    struct err *err)
{
	enum rc rc = db_next(row, err);

	if (rc == RC_OK)
		*out = read_request_row(row, a);
	db_end(row);
	return rc;
}

enum rc
request_by_id(struct db *db, struct arena *a, const char *id,
    struct request *out, struct err *err)
{
	struct db_row *row;
	enum rc rc =
	    db_start(db, "SELECT " READ_COLUMNS " FROM request WHERE id = ?1",
		"s", &row, err, id);

	return rc == RC_OK ? read_single_request(row, a, out, err) : rc;
}

enum rc
request_by_address(struct db *db, struct arena *a, const char *address,
    struct request *out, struct err *err)
{
	struct db_row *row;
	enum rc rc = db_start(db,
	    "SELECT " READ_COLUMNS " FROM request WHERE address = ?1 "
	    "ORDER BY reserved IS NULL, created DESC, id DESC LIMIT 1",
	    "s", &row, err, address);

	return rc == RC_OK ? read_single_request(row, a, out, err) : rc;
}

static const char *
if_among(unsigned states, enum request_state state)
{
	return (states & 1u << state) != 0 ? request_state_name(state) : NULL;
}

enum rc
request_walk(struct db *db, unsigned states, struct db_row **out,
    struct err *err)
{
	return db_start_long(db,
	    "SELECT " READ_COLUMNS
	    " FROM request WHERE state IN (?1, ?2, ?3, ?4) "
	    "ORDER BY created, id",
	    "ssss", out, err, if_among(states, REQUEST_ASKED),
	    if_among(states, REQUEST_PROVEN),
	    if_among(states, REQUEST_APPROVED),
	    if_among(states, REQUEST_REFUSED));
}

enum rc
request_next(struct db_row *row, struct arena *a, struct request *out,
    struct err *err)
{
	enum rc rc = db_next(row, err);

	if (rc == RC_OK)
		*out = read_request_row(row, a);
	return rc;
}

enum rc
request_list(struct db *db, struct arena *a, unsigned states,
    struct request **out, size_t *n, struct err *err)
{
	struct db_row *row;
	struct request request;
	enum rc rc = request_walk(db, states, &row, err);

	*out = NULL;
	*n = 0;
	if (rc != RC_OK)
		return rc;
	while ((rc = request_next(row, a, &request, err)) == RC_OK) {
		*out = db_more(a, *out, *n, sizeof(**out));
		(*out)[(*n)++] = request;
	}
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
request_update(struct db *db, const struct request *r, struct err *err)
{
	return db_run(db, err,
	    "UPDATE request SET state = ?2, code_hash = ?3, code_expires = ?4, "
	    "code_sent = ?5, code_wrong = ?6, codes = ?7, proven = ?8, "
	    "decided = ?9, reason = ?10, pubkey = ?11, note = ?12, "
	    "reserved = CASE ?2 WHEN 'refused' THEN NULL ELSE address END "
	    "WHERE id = ?1",
	    "sssiiiiiisss", r->id, request_state_name(r->state), r->code_hash,
	    r->code_expires, r->code_sent, r->code_wrong, r->codes, r->proven,
	    r->decided, r->reason, r->pubkey, r->note);
}

enum rc
request_sign(struct db *db, const char *id, const char *approval,
    struct err *err)
{
	return db_run(db, err, "UPDATE request SET approval = ?2 WHERE id = ?1",
	    "ss", id, approval);
}

enum rc
request_remove(struct db *db, const char *id, struct err *err)
{
	return db_run(db, err, "DELETE FROM request WHERE id = ?1", "s", id);
}

enum rc
request_expire(struct db *db, int64_t now, struct err *err)
{
	return db_run(db, err,
	    "DELETE FROM request WHERE state = 'asked' "
	    "AND (code_expires < ?1 OR code_expires > ?2)",
	    "ii", now, now + DUE_CODE_MOST);
}
