/* SPDX-License-Identifier: MIT */
#include "store/registration_table.h"

#include "store/due.h"
#include "store/private/bite.h"

#include <stdio.h>

#define COLUMNS                                                                \
	"id, userid, address, email, pubkey, note, state, code_hash, "         \
	"code_expires, code_sent, code_wrong, codes, created, proven, "        \
	"decided, reason"
#define READ_COLUMNS COLUMNS ", approval"

static const char *const state_names[REGISTRATION_STATES] = {
    [REGISTRATION_ASKED] = "asked",
    [REGISTRATION_PROVEN] = "proven",
    [REGISTRATION_APPROVED] = "approved",
    [REGISTRATION_REFUSED] = "refused",
};

const char *
registration_state_name(enum registration_state state)
{
	return state_names[state];
}

static void
read_registration(struct db_row *row, struct arena *a, void *out)
{
	*(struct registration *)out = (struct registration){
	    .id = db_text(row, 0, a),
	    .userid = db_text(row, 1, a),
	    .address = db_text(row, 2, a),
	    .email = db_text(row, 3, a),
	    .pubkey = db_text(row, 4, a),
	    .note = db_text(row, 5, a),
	    .state = (enum registration_state)db_word(db_text(row, 6, a),
		state_names, REGISTRATION_STATES),
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
registration_insert(struct db *db, const struct registration *r,
    struct err *err)
{
	return db_run(db, err,
	    "INSERT INTO request (" COLUMNS ", reserved) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
	    "?14, ?15, ?16, ?17)",
	    "ssssssssiiiiiiiss", r->id, r->userid, r->address, r->email,
	    r->pubkey, r->note, registration_state_name(r->state), r->code_hash,
	    r->code_expires, r->code_sent, r->code_wrong, r->codes, r->created,
	    r->proven, r->decided, r->reason,
	    r->state == REGISTRATION_REFUSED ? NULL : r->address);
}

enum rc
registration_by_id(struct db *db, struct arena *a, const char *id,
    struct registration *out, struct err *err)
{
	return db_read_first(db, (struct db_reader){read_registration, out, a},
	    err, "SELECT " READ_COLUMNS " FROM request WHERE id = ?1", "s", id);
}

enum rc
registration_by_address(struct db *db, struct arena *a, const char *address,
    struct registration *out, struct err *err)
{
	return db_read_first(db, (struct db_reader){read_registration, out, a},
	    err,
	    "SELECT " READ_COLUMNS " FROM request WHERE address = ?1 "
	    "ORDER BY reserved IS NULL, created DESC, id DESC LIMIT 1",
	    "s", address);
}

static const char *
if_among(unsigned states, enum registration_state state)
{
	return (states & 1u << state) != 0 ? registration_state_name(state)
					   : NULL;
}

#define PAGE      500
#define PAGE_TEXT "500"

/* The states of all would be asked for by their index, and sorted then. */
static enum rc
start_page(struct registration_walk *w, struct err *err)
{
	w->n = 0;
	return db_start(w->db,
	    "SELECT " READ_COLUMNS " FROM request "
	    "/*M! FORCE INDEX (request_created) */ "
	    "WHERE created >= ?1 AND (created > ?1 OR id > ?2) "
	    "AND COALESCE(state, '') IN (?3, ?4, ?5, ?6) "
	    "ORDER BY created, id LIMIT " PAGE_TEXT,
	    "isssss", &w->row, err, w->created, w->id,
	    if_among(w->states, REGISTRATION_ASKED),
	    if_among(w->states, REGISTRATION_PROVEN),
	    if_among(w->states, REGISTRATION_APPROVED),
	    if_among(w->states, REGISTRATION_REFUSED));
}

enum rc
registration_walk_begin(struct db *db, unsigned states,
    struct registration_walk *out, struct err *err)
{
	*out = (struct registration_walk){
	    .db = db, .states = states, .created = INT64_MIN};
	return start_page(out, err);
}

void
registration_walk_end(struct registration_walk *w)
{
	if (w->row != NULL)
		db_end(w->row);
	w->row = NULL;
}

enum rc
registration_next(struct registration_walk *w, struct arena *a,
    struct registration *out, struct err *err)
{
	const struct db_reader reader = {read_registration, out, a};
	enum rc rc = db_read_next(w->row, reader, err);

	if (rc == RC_NONE && w->n == PAGE) {
		registration_walk_end(w);
		rc = start_page(w, err);
		if (rc == RC_OK)
			rc = db_read_next(w->row, reader, err);
	}
	if (rc != RC_OK)
		return rc;
	w->n++;
	w->created = out->created;
	snprintf(w->id, sizeof(w->id), "%s", out->id);
	return RC_OK;
}

enum rc
registration_list(struct db *db, struct arena *a, unsigned states,
    struct registration **out, size_t *n, struct err *err)
{
	struct registration_walk walk;
	struct registration registration;
	enum rc rc = registration_walk_begin(db, states, &walk, err);

	*out = NULL;
	*n = 0;
	if (rc != RC_OK)
		return rc;
	while ((rc = registration_next(&walk, a, &registration, err)) ==
	       RC_OK) {
		*out = db_more(a, *out, *n, sizeof(**out));
		(*out)[(*n)++] = registration;
	}
	registration_walk_end(&walk);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
registration_update(struct db *db, const struct registration *r,
    struct err *err)
{
	return db_run(db, err,
	    "UPDATE request SET state = ?2, code_hash = ?3, code_expires = ?4, "
	    "code_sent = ?5, code_wrong = ?6, codes = ?7, proven = ?8, "
	    "decided = ?9, reason = ?10, pubkey = ?11, note = ?12, "
	    "reserved = CASE ?2 WHEN 'refused' THEN NULL ELSE address END "
	    "WHERE id = ?1",
	    "sssiiiiiisss", r->id, registration_state_name(r->state),
	    r->code_hash, r->code_expires, r->code_sent, r->code_wrong,
	    r->codes, r->proven, r->decided, r->reason, r->pubkey, r->note);
}

enum rc
registration_sign(struct db *db, const char *id, const char *approval,
    struct err *err)
{
	return db_run(db, err, "UPDATE request SET approval = ?2 WHERE id = ?1",
	    "ss", id, approval);
}

enum rc
registration_remove(struct db *db, const char *id, struct err *err)
{
	return db_run(db, err, "DELETE FROM request WHERE id = ?1", "s", id);
}

enum rc
registration_expire(struct db *db, int64_t now, struct err *err)
{
	enum rc rc = bite(db,
	    BITE_END("code_expires", "request",
		"state = 'asked' AND code_expires < ?1", BITE_ROWS),
	    "DELETE FROM request WHERE state = 'asked' AND code_expires <= ?1",
	    now, err);

	if (rc != RC_NONE)
		return rc;
	return db_run(db, err,
	    "DELETE FROM request WHERE state = 'asked' AND code_expires > ?1",
	    "i", now + DUE_CODE_MAX);
}
