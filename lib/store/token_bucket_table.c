/* SPDX-License-Identifier: MIT */
#include "store/token_bucket_table.h"

static void
read_bucket(struct db_row *row, struct arena *a, void *out)
{
	(void)a;
	*(struct token_bucket *)out =
	    (struct token_bucket){db_integer(row, 0), db_integer(row, 1)};
}

enum rc
token_bucket_find(struct db *db, const char *name, struct token_bucket *out,
    struct err *err)
{
	return db_read_first(db, (struct db_reader){read_bucket, out, NULL},
	    err, "SELECT level, level_at FROM token_bucket WHERE name = ?1",
	    "s", name);
}

enum rc
token_bucket_put(struct db *db, const char *name,
    const struct token_bucket *found, const struct token_bucket *bucket,
    struct err *err)
{
	if (found == NULL)
		return db_run(db, err,
		    "INSERT INTO token_bucket (name, level, level_at) "
		    "VALUES (?1, ?2, ?3)",
		    "sii", name, bucket->level, bucket->level_at);
	return db_run(db, err,
	    "UPDATE token_bucket SET level = ?2, level_at = ?3 "
	    "WHERE name = ?1 AND level = ?4 AND level_at = ?5",
	    "siiii", name, bucket->level, bucket->level_at, found->level,
	    found->level_at);
}

enum rc
token_bucket_expire(struct db *db, int64_t before, int64_t future, int64_t most,
    struct err *err)
{
	int64_t last;
	enum rc rc = db_read_first(db, db_integer_reader(&last), err,
	    "SELECT MAX(level_at) FROM (SELECT level_at FROM token_bucket "
	    "WHERE level_at < ?1 ORDER BY level_at LIMIT ?2) oldest "
	    "HAVING COUNT(*) > 0",
	    "ii", before, most);

	if (rc == RC_NONE)
		return db_run(db, err,
		    "DELETE FROM token_bucket WHERE level_at > ?1", "i",
		    future);
	if (rc != RC_OK)
		return rc;
	return db_run(db, err, "DELETE FROM token_bucket WHERE level_at <= ?1",
	    "i", last);
}
