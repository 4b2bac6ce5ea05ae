/* SPDX-License-Identifier: MIT */
#include "store/greylist_table.h"

#include <string.h>

#define DAY_S ((int64_t)24 * 3600)
/* No row is kept for so long (greylist.keep). */
#define FUTURE_S (400 * DAY_S)

static void
read_greylist_row(struct db_row *row, struct arena *a, void *out)
{
	*(struct greylist_row *)out = (struct greylist_row){
	    .name = db_text(row, 0, a),
	    .first_seen = db_integer(row, 1),
	    .last_seen = db_integer(row, 2),
	    .passes = db_integer(row, 3),
	    .expires = db_integer(row, 4),
	};
}

enum rc
greylist_find(struct db *db, struct arena *a,
    const char *const names[static GREYLIST_FIND_MAX],
    struct greylist_row out[static GREYLIST_FIND_MAX], struct err *err)
{
	struct greylist_row found;
	struct db_row *row;
	enum rc rc = db_start(db,
	    "SELECT name, first_seen, last_seen, passes, expires FROM greylist "
	    "WHERE name IN (?1, ?2, ?3)",
	    "sss", &row, err, names[0], names[1], names[2]);

	memset(out, 0, GREYLIST_FIND_MAX * sizeof(*out));
	if (rc != RC_OK)
		return rc;
	while ((rc = db_read_next(row,
		    (struct db_reader){read_greylist_row, &found, a}, err)) ==
	       RC_OK)
		for (size_t i = 0; i < GREYLIST_FIND_MAX; i++)
			if (names[i] != NULL &&
			    strcmp(names[i], found.name) == 0)
				out[i] = found;
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
greylist_add(struct db *db, const struct greylist_row *row, struct err *err)
{
	enum rc rc = db_run(db, err,
	    "UPDATE greylist SET first_seen = ?2, last_seen = ?3, passes = ?4, "
	    "expires = ?5 WHERE name = ?1 AND expires <= ?2",
	    "siiii", row->name, row->first_seen, row->last_seen, row->passes,
	    row->expires);

	if (rc != RC_NONE)
		return rc;
	return db_run(db, err,
	    "INSERT INTO greylist (name, first_seen, last_seen, passes, "
	    "expires) VALUES (?1, ?2, ?3, ?4, ?5)",
	    "siiii", row->name, row->first_seen, row->last_seen, row->passes,
	    row->expires);
}

enum rc
greylist_pass(struct db *db, const char *name, int64_t now, int64_t expires,
    struct err *err)
{
	const struct greylist_row row = {name, now, now, 1, expires};
	enum rc rc = db_run(db, err,
	    "UPDATE greylist SET passes = passes + 1, last_seen = ?2, "
	    "expires = ?3 WHERE name = ?1",
	    "sii", name, now, expires);

	return rc == RC_NONE ? greylist_add(db, &row, err) : rc;
}

enum rc
greylist_count(struct db *db, int64_t now, int64_t *out, struct err *err)
{
	enum rc rc = db_read_first(db, db_integer_reader(out), err,
	    "SELECT COUNT(*) FROM greylist", "");

	if (rc != RC_OK)
		return rc;
	return db_run(db, err,
	    "REPLACE INTO greylist (name, first_seen, last_seen, passes, "
	    "expires) VALUES (?1, ?2, ?2, ?3, ?4)",
	    "siii", GREYLIST_COUNT, now, *out, INT64_MAX);
}

static enum rc
remove_expired(struct db *db, int64_t now, int64_t most, struct err *err)
{
	int64_t last;
	enum rc rc = db_read_first(db, db_integer_reader(&last), err,
	    "SELECT MAX(expires) FROM (SELECT expires FROM greylist "
	    "WHERE expires <= ?1 ORDER BY expires LIMIT ?2) oldest "
	    "HAVING COUNT(*) > 0",
	    "ii", now, most);

	if (rc != RC_OK)
		return rc;
	return db_run(db, err, "DELETE FROM greylist WHERE expires <= ?1", "i",
	    last);
}

enum rc
greylist_expire(struct db *db, int64_t now, int64_t most, struct err *err)
{
	enum rc rc = remove_expired(db, now, most, err);

	if (rc != RC_NONE)
		return rc;
	return db_run(db, err,
	    "DELETE FROM greylist WHERE expires > ?1 AND expires < ?2", "ii",
	    now + FUTURE_S, INT64_MAX);
}

/* Theirs are the rows that expire soonest. */
enum rc
greylist_trim(struct db *db, int64_t most, struct err *err)
{
	int64_t last;
	enum rc rc = db_read_first(db, db_integer_reader(&last), err,
	    "SELECT MAX(expires) FROM (SELECT expires FROM greylist "
	    "WHERE passes = 0 AND expires < ?1 ORDER BY expires LIMIT ?2) "
	    "oldest HAVING COUNT(*) > 0",
	    "ii", INT64_MAX, most);

	if (rc != RC_OK)
		return rc;
	return db_run(db, err,
	    "DELETE FROM greylist WHERE passes = 0 AND expires <= ?1", "i",
	    last);
}
