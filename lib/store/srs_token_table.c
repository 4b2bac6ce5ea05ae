/* SPDX-License-Identifier: MIT */
#include "store/srs_token_table.h"

#include "store/private/bite.h"

/* A token stands for one sender for ever: only its time can change. */
static enum rc
is_kept(struct db *db, const char *token, int64_t expires, struct err *err)
{
	return db_read_first(db, (struct db_reader){0}, err,
	    "SELECT 1 FROM srs_token WHERE token = ?1 AND expires >= ?2", "si",
	    token, expires);
}

/* SQLite and MariaDB both have REPLACE, which is also right when two programs
   write the same token at the same moment. */
enum rc
srs_token_put(struct db *db, const char *token, const char *sender,
    int64_t expires, int64_t now, struct err *err)
{
	enum rc rc = is_kept(db, token, expires, err);

	if (rc != RC_NONE)
		return rc;
	rc = srs_token_expire(db, now, err);
	if (rc != RC_OK && rc != RC_NONE)
		return rc;
	return db_run(db, err,
	    "REPLACE INTO srs_token (token, sender, expires) "
	    "VALUES (?1, ?2, ?3)",
	    "ssi", token, sender, expires);
}

static void
read_sender(struct db_row *row, struct arena *a, void *out)
{
	*(const char **)out = db_text(row, 0, a);
}

enum rc
srs_token_find(struct db *db, struct arena *a, const char *token, int64_t now,
    const char **sender, struct err *err)
{
	return db_read_first(db, (struct db_reader){read_sender, sender, a},
	    err,
	    "SELECT sender FROM srs_token WHERE token = ?1 AND expires > ?2",
	    "si", token, now);
}

enum rc
srs_token_expire(struct db *db, int64_t now, struct err *err)
{
	return bite(db,
	    BITE_END("expires", "srs_token", "expires <= ?1", BITE_ROWS_FEW),
	    "DELETE FROM srs_token WHERE expires <= ?1", now, err);
}
