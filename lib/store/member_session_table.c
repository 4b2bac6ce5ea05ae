/* SPDX-License-Identifier: MIT */
#include "store/member_session_table.h"

static void
read_member_session(struct db_row *row, struct arena *a, void *out)
{
	*(struct member_session *)out = (struct member_session){
	    .token_hash = db_text(row, 0, a),
	    .account = db_text(row, 1, a),
	    .browser = db_text(row, 2, a),
	    .created = db_integer(row, 3),
	    .used = db_integer(row, 4),
	};
}

enum rc
member_session_add(struct db *db, const struct member_session *session,
    struct err *err)
{
	return db_run(db, err,
	    "INSERT INTO member_session (token_hash, account, browser, "
	    "created, used) VALUES (?1, ?2, ?3, ?4, ?5)",
	    "sssii", session->token_hash, session->account, session->browser,
	    session->created, session->used);
}

enum rc
member_session_find(struct db *db, struct arena *a, const char *token_hash,
    struct member_session *out, struct err *err)
{
	return db_read_first(db,
	    (struct db_reader){read_member_session, out, a}, err,
	    "SELECT token_hash, account, browser, created, used "
	    "FROM member_session WHERE token_hash = ?1",
	    "s", token_hash);
}

enum rc
member_session_use(struct db *db, const char *token_hash, int64_t used,
    struct err *err)
{
	return db_run(db, err,
	    "UPDATE member_session SET used = ?2 WHERE token_hash = ?1", "si",
	    token_hash, used);
}

enum rc
member_session_remove(struct db *db, const char *token_hash, struct err *err)
{
	return db_run(db, err,
	    "DELETE FROM member_session WHERE token_hash = ?1", "s",
	    token_hash);
}

enum rc
member_session_remove_all(struct db *db, const char *account, struct err *err)
{
	return db_run(db, err, "DELETE FROM member_session WHERE account = ?1",
	    "s", account);
}

enum rc
member_session_expire(struct db *db, int64_t used, int64_t created, int64_t now,
    struct err *err)
{
	return db_run(db, err,
	    "DELETE FROM member_session "
	    "WHERE used <= ?1 OR created <= ?2 OR used > ?3 OR created > ?3",
	    "iii", used, created, now);
}

enum rc
member_session_count(struct db *db, int64_t *out, struct err *err)
{
	return db_read_first(db, db_integer_reader(out), err,
	    "SELECT COUNT(*) FROM member_session", "");
}
