/* SPDX-License-Identifier: MIT */
#include "store/domain_table.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS "name, srs_domain, strategy, created, removed"

static void
read_stored_domain(struct db_row *row, struct arena *a, void *out)
{
	*(struct stored_domain *)out = (struct stored_domain){
	    .name = db_text(row, 0, a),
	    .srs_domain = db_text(row, 1, a),
	    .strategy = db_text(row, 2, a),
	    .created = db_integer(row, 3),
	    .removed = db_integer(row, 4),
	};
}

enum rc
stored_domain_find(struct db *db, struct arena *a, const char *name,
    struct stored_domain *out, struct err *err)
{
	return db_read_first(db, (struct db_reader){read_stored_domain, out, a},
	    err, "SELECT " COLUMNS " FROM domain WHERE name = ?1", "s", name);
}

struct mark_reader {
	struct stored_domain_mark *mark;
	const char *strategy;
};

static void
read_mark(struct db_row *row, struct arena *a, void *out)
{
	struct mark_reader *r = out;
	int64_t removed = db_integer(row, 0);

	*r->mark = (struct stored_domain_mark){
	    .served = removed == 0,
	    .removed = removed > 0,
	    .own_srs = db_integer(row, 1) != 0,
	    .srs = db_integer(row, 3) != 0,
	    .empty = db_integer(row, 4) == 0,
	};
	r->strategy = db_text(row, 2, a);
}

enum rc
stored_domain_look(struct db *db, const char *name,
    struct stored_domain_mark *out, struct err *err)
{
	struct arena *a = arena_new();
	struct mark_reader r = {.mark = out};
	enum rc rc = db_read_first(db, (struct db_reader){read_mark, &r, a},
	    err,
	    "SELECT COALESCE((SELECT removed FROM domain WHERE name = ?1), -1),"
	    " EXISTS (SELECT 1 FROM domain"
	    " WHERE name = ?1 AND srs_domain IS NOT NULL),"
	    " (SELECT strategy FROM domain WHERE name = ?1),"
	    " EXISTS (SELECT 1 FROM domain WHERE srs_domain = ?1),"
	    " EXISTS (SELECT 1 FROM domain)",
	    "s", name);

	if (rc == RC_OK && r.strategy != NULL)
		snprintf(out->strategy, sizeof(out->strategy), "%s",
		    r.strategy);
	arena_free(a);
	return rc == RC_OK && !out->served && !out->srs ? RC_NONE : rc;
}

enum rc
stored_domain_list(struct db *db, struct db_row **out, struct err *err)
{
	return db_start_long(db, "SELECT " COLUMNS " FROM domain ORDER BY name",
	    "", out, err);
}

enum rc
stored_domain_next(struct db_row *row, struct arena *a,
    struct stored_domain *out, struct err *err)
{
	return db_read_next(row, (struct db_reader){read_stored_domain, out, a},
	    err);
}

enum rc
stored_domain_count(struct db *db, int64_t *out, struct err *err)
{
	return db_read_first(db, db_integer_reader(out), err,
	    "SELECT COUNT(*) FROM domain WHERE removed = 0", "");
}

enum rc
stored_domain_accounts(struct db *db, const char *name, int64_t *out,
    struct err *err)
{
	struct arena *a = arena_new();
	enum rc rc = db_read_first(db, db_integer_reader(out), err,
	    "SELECT COUNT(*) FROM account WHERE SUBSTR(address, 0 - ?1) = ?2",
	    "is", (int64_t)strlen(name) + 1, arena_printf(a, "@%s", name));

	arena_free(a);
	return rc;
}

enum rc
stored_domain_add(struct db *db, const struct stored_domain *d, struct err *err)
{
	return db_run(db, err,
	    "INSERT INTO domain (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5)",
	    "sssii", d->name, d->srs_domain, d->strategy, d->created,
	    d->removed);
}

enum rc
stored_domain_change(struct db *db, const struct stored_domain *d,
    struct err *err)
{
	return db_run(db, err,
	    "UPDATE domain SET srs_domain = ?2, strategy = ?3, created = ?4, "
	    "removed = ?5 WHERE name = ?1",
	    "sssii", d->name, d->srs_domain, d->strategy, d->created,
	    d->removed);
}

enum rc
stored_domain_expire(struct db *db, int64_t before, int64_t most,
    struct err *err)
{
	return db_run(db, err,
	    "DELETE FROM domain WHERE removed > 0 AND removed <= ?1 AND name "
	    "IN (SELECT name FROM (SELECT name FROM domain WHERE removed > 0 "
	    "AND removed <= ?1 ORDER BY removed LIMIT ?2) oldest)",
	    "ii", before, most);
}
