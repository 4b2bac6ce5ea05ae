/* SPDX-License-Identifier: MIT */
#include "store/author_token_table.h"

#include "store/private/bite.h"

#define DAY_S ((int64_t)24 * 3600)

static int64_t
worthless_at(int64_t now)
{
	return now - AUTHOR_TOKEN_SECONDS;
}

static enum rc
is_noted(struct db *db, const char *token, const struct author_token *row,
    int64_t since, struct err *err)
{
	return db_read_first(db, (struct db_reader){0}, err,
	    "SELECT 1 FROM author_token WHERE token = ?1 AND account = ?2 AND "
	    "author = ?3 AND used > ?4",
	    "sssi", token, row->account, row->author, since);
}

/* When it was written first; now, if it was not. */
static enum rc
find_created(struct db *db, const char *token, const char *account, int64_t now,
    int64_t *out, struct err *err)
{
	enum rc rc = db_read_first(db, db_integer_reader(out), err,
	    "SELECT created FROM author_token WHERE token = ?1 AND "
	    "account = ?2",
	    "ss", token, account);

	if (rc == RC_NONE)
		*out = now;
	return rc == RC_NONE ? RC_OK : rc;
}

/* As in srs_token_put, REPLACE is also right when two write the same row. */
enum rc
author_token_put(struct db *db, const char *token,
    const struct author_token *row, int64_t now, struct err *err)
{
	int64_t created;
	enum rc rc = is_noted(db, token, row, now - DAY_S, err);

	if (rc != RC_NONE)
		return rc;
	rc = author_token_expire(db, now, err);
	if (rc == RC_OK || rc == RC_NONE)
		rc = find_created(db, token, row->account, now, &created, err);
	if (rc != RC_OK)
		return rc;
	return db_run(db, err,
	    "REPLACE INTO author_token (token, account, author, created, used) "
	    "VALUES (?1, ?2, ?3, ?4, ?5)",
	    "sssii", token, row->account, row->author, created, now);
}

static void
read_author(struct db_row *row, struct arena *a, void *out)
{
	*(const char **)out = db_text(row, 0, a);
}

enum rc
author_token_find(struct db *db, struct arena *a, const char *token,
    int64_t now, const char **author, struct err *err)
{
	return db_read_first(db, (struct db_reader){read_author, author, a},
	    err,
	    "SELECT author FROM author_token WHERE token = ?1 AND used > ?2 "
	    "ORDER BY used DESC, account",
	    "si", token, worthless_at(now));
}

static void
read_token(struct db_row *row, struct arena *a, void *out)
{
	*(struct author_token *)out = (struct author_token){
	    .account = db_text(row, 0, a),
	    .author = db_text(row, 1, a),
	};
}

static enum rc
read_tokens(struct db_row *row, struct arena *a, struct author_token **out,
    size_t *n, struct err *err)
{
	struct author_token token;
	enum rc rc;

	while ((rc = db_read_next(row,
		    (struct db_reader){read_token, &token, a}, err)) == RC_OK) {
		*out = db_more(a, *out, *n, sizeof(**out));
		(*out)[(*n)++] = token;
	}
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
author_token_list_by_target(struct db *db, struct arena *a, const char *token,
    const char *target, int64_t now, struct author_token **out, size_t *n,
    struct err *err)
{
	struct db_row *row;
	enum rc rc = db_start(db,
	    "SELECT t.account, t.author FROM author_token t "
	    "JOIN forward f ON f.account = t.account "
	    "WHERE t.token = ?1 AND t.used > ?2 AND f.state = 'active' AND "
	    "LOWER(f.target) = LOWER(?3) "
	    "ORDER BY t.used DESC, t.account LIMIT 50",
	    "sis", &row, err, token, worthless_at(now), target);

	*out = NULL;
	*n = 0;
	return rc == RC_OK ? read_tokens(row, a, out, n, err) : rc;
}

enum rc
author_token_list(struct db *db, struct arena *a, const char *token,
    int64_t now, struct author_token **out, size_t *n, struct err *err)
{
	struct db_row *row;
	enum rc rc = db_start(db,
	    "SELECT account, author FROM author_token "
	    "WHERE token = ?1 AND used > ?2 "
	    "ORDER BY used DESC, account LIMIT 50",
	    "si", &row, err, token, worthless_at(now));

	*out = NULL;
	*n = 0;
	return rc == RC_OK ? read_tokens(row, a, out, n, err) : rc;
}

enum rc
author_token_forget(struct db *db, const char *account, struct err *err)
{
	return db_run(db, err, "DELETE FROM author_token WHERE account = ?1",
	    "s", account);
}

enum rc
author_token_expire(struct db *db, int64_t now, struct err *err)
{
	return bite(db,
	    BITE_END("used", "author_token", "used <= ?1", BITE_ROWS_FEW),
	    "DELETE FROM author_token WHERE used <= ?1", worthless_at(now),
	    err);
}
