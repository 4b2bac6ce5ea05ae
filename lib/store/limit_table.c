/* SPDX-License-Identifier: MIT */
#include "store/limit_table.h"

#include "store/private/bite.h"

struct span {
	int64_t counted, ends;
};

static void
read_span_row(struct db_row *row, struct arena *a, void *out)
{
	(void)a;
	*(struct span *)out =
	    (struct span){db_integer(row, 0), db_integer(row, 1)};
}

/* Reads the span that has not ended, or begins one now in which nothing is
   counted.  A span that ends later than any that begins now comes from a clock
   that was set back, or from a limit that has become shorter. */
static enum rc
read_span(struct db *db, const struct limit *limit, int64_t now,
    struct span *out, struct err *err)
{
	enum rc rc;

	*out = (struct span){0, now + limit->span};
	rc =
	    db_read_first(db, (struct db_reader){read_span_row, out, NULL}, err,
		"SELECT counted, ends FROM rate_limit "
		"WHERE name = ?1 AND ends > ?2 AND ends <= ?3",
		"sii", limit->name, now, now + limit->span);
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
read_limit(struct db *db, const struct limit *limit, int64_t now,
    struct span *span, int64_t *wait, struct err *err)
{
	enum rc rc = read_span(db, limit, now, span, err);

	if (rc != RC_OK)
		return rc;
	if (span->counted < limit->most)
		return RC_OK;
	*wait = span->ends - now;
	return RC_NONE;
}

enum rc
limit_look(struct db *db, const struct limit *limit, int64_t now, int64_t *wait,
    struct err *err)
{
	struct span span;

	return read_limit(db, limit, now, &span, wait, err);
}

enum rc
limit_take(struct db *db, const struct limit *limit, int64_t now, int64_t *wait,
    struct err *err)
{
	struct span span;
	enum rc rc = read_limit(db, limit, now, &span, wait, err);

	if (rc != RC_OK)
		return rc;
	return db_run(db, err,
	    "REPLACE INTO rate_limit (name, counted, ends) "
	    "VALUES (?1, ?2, ?3)",
	    "sii", limit->name, span.counted + 1, span.ends);
}

enum rc
limit_expire(struct db *db, int64_t now, struct err *err)
{
	return bite(db, BITE_END("ends", "rate_limit", "ends <= ?1", BITE_ROWS),
	    "DELETE FROM rate_limit WHERE ends <= ?1", now, err);
}
