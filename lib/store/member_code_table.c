/* SPDX-License-Identifier: MIT */
#include "store/member_code_table.h"

#include "store/due.h"

static void
read_member_code(struct db_row *row, struct arena *a, void *out)
{
	*(struct member_code *)out = (struct member_code){
	    .account = db_text(row, 0, a),
	    .purpose = db_text(row, 1, a),
	    .hash = db_text(row, 2, a),
	    .expires = db_integer(row, 3),
	    .wrong = db_integer(row, 4),
	};
}

enum rc
member_code_find(struct db *db, struct arena *a, const char *account,
    const char *purpose, struct member_code *out, struct err *err)
{
	return db_read_first(db, (struct db_reader){read_member_code, out, a},
	    err,
	    "SELECT account, purpose, code_hash, code_expires, code_wrong "
	    "FROM member_code WHERE account = ?1 AND purpose = ?2",
	    "ss", account, purpose);
}

enum rc
member_code_put(struct db *db, const struct member_code *code, struct err *err)
{
	return db_run(db, err,
	    "REPLACE INTO member_code (account, purpose, code_hash, "
	    "code_expires, code_wrong) VALUES (?1, ?2, ?3, ?4, ?5)",
	    "sssii", code->account, code->purpose, code->hash, code->expires,
	    code->wrong);
}

enum rc
member_code_count_wrong(struct db *db, const char *account, const char *purpose,
    struct err *err)
{
	return db_run(db, err,
	    "UPDATE member_code SET code_wrong = code_wrong + 1 "
	    "WHERE account = ?1 AND purpose = ?2",
	    "ss", account, purpose);
}

enum rc
member_code_remove(struct db *db, const char *account, const char *purpose,
    struct err *err)
{
	return db_run(db, err,
	    "DELETE FROM member_code WHERE account = ?1 AND purpose = ?2", "ss",
	    account, purpose);
}

enum rc
member_code_expire(struct db *db, int64_t now, struct err *err)
{
	return db_run(db, err,
	    "DELETE FROM member_code "
	    "WHERE code_expires <= ?1 OR code_expires > ?2",
	    "ii", now, now + DUE_CODE_MAX);
}
