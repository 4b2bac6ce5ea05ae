/* SPDX-License-Identifier: MIT */
#include "store/private/schema.h"

#include "base/clock.h"
#include "base/str.h"
#include "store/private/db_driver.h"

int
schema_newest(void)
{
	int n = 0;

	while (schema_versions[n] != NULL)
		n++;
	return n;
}

static enum rc
has_versions(struct db *db, struct err *err)
{
	return db_read_first(db, (struct db_reader){0}, err,
	    db->driver->has_table, "s", "postward_schema");
}

static enum rc
read_version(struct db *db, int *out, struct err *err)
{
	int64_t version = 0;
	enum rc rc = has_versions(db, err);

	if (rc == RC_OK)
		rc = db_read_first(db, db_integer_reader(&version), err,
		    "SELECT MAX(version) FROM postward_schema", "");
	else if (rc == RC_NONE)
		rc = RC_OK;
	*out = (int)version;
	return rc;
}

enum rc
schema_version(struct db *db, int *out, int *newest, struct err *err)
{
	*newest = schema_newest();
	return read_version(db, out, err);
}

static enum rc
too_new(const struct db *db, int version, struct err *err)
{
	return err_set(err, RC_TEMP,
	    "%s: its tables are version %d and this program knows %d: "
	    "upgrade this program",
	    db->name, version, schema_newest());
}

enum rc
schema_check(struct db *db, struct err *err)
{
	int version;
	enum rc rc = read_version(db, &version, err);

	if (rc != RC_OK)
		return rc;
	if (version > schema_newest())
		return too_new(db, version, err);
	if (version < schema_newest())
		return err_set(err, RC_TEMP,
		    "%s: its tables are version %d and this program needs "
		    "%d: run 'postward store migrate'",
		    db->name, version, schema_newest());
	return RC_OK;
}

static enum rc
execute_schema_sql(struct db *db, const char *sql, struct err *err)
{
	const char *options = db->driver->table_options;
	const char *not_for = db->driver->not_for;
	struct arena *a;
	enum rc rc;

	if (not_for != NULL && str_starts(sql, not_for))
		return RC_OK;
	a = arena_new();
	if (options != NULL && str_starts(sql, "CREATE TABLE "))
		sql = arena_printf(a, "%s%s", sql, options);
	rc = db->driver->execute(db, sql, err);
	arena_free(a);
	return rc;
}

static enum rc
apply_version(struct db *db, int version, struct err *err)
{
	enum rc rc = RC_OK;

	for (const char *const *sql = schema_versions[version - 1];
	     rc == RC_OK && *sql != NULL; sql++)
		rc = execute_schema_sql(db, *sql, err);
	if (rc == RC_OK)
		rc = db_run(db, err,
		    "INSERT INTO postward_schema (version, applied) "
		    "VALUES (?1, ?2)",
		    "ii", (int64_t)version, clock_now());
	/* Another process has done the same at another node of a cluster. */
	return rc == RC_PERM ? RC_OK : rc;
}

/* The version is read inside the transaction, as another program may be
   migrating too. */
static enum rc
migrate_one(struct db *db, int *version, struct err *err)
{
	enum rc rc = db_begin(db, err);

	if (rc != RC_OK)
		return rc;
	rc = read_version(db, version, err);
	if (rc == RC_OK && *version < schema_newest())
		rc = apply_version(db, *version + 1, err);
	if (rc == RC_OK)
		return db_commit(db, err);
	db_abandon(db);
	return rc;
}

enum rc
schema_migrate(struct db *db, int *from, int *to, struct err *err)
{
	enum rc rc = migrate_one(db, from, err);

	*to = *from;
	while (rc == RC_OK && *to < schema_newest())
		rc = migrate_one(db, to, err);
	if (rc == RC_OK && *to > schema_newest())
		rc = too_new(db, *to, err);
	return rc;
}
