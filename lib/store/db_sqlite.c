/* SPDX-License-Identifier: MIT */
#include "store/private/db_driver.h"
#include "store/private/sqlite_database.h"
#include "store/private/sqlite_files.h"
#include "store/private/sqlite_patience.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* How much memory SQLite keeps at hand for small pieces of a connection.  It
   would take 120 kB, of which our statements use little. */
#define LOOKASIDE_SIZE  256
#define LOOKASIDE_SLOTS 64

/* What a private database may keep in memory; while it sorts, twice as much. */
#define SPOOL_CACHE_KIB "2048"

/* How long the -wal may grow; and how often files that change while they are
   opened are opened again. */
#define CHECKPOINT_PAGES 1000
#define OPEN_TRIES       5

/* Files in WAL mode: readers and the writer do not wait for one another.  Its
   two side files, -wal and -shm, are kept when the last connection closes
   (empty, so that a backup put in the database's place finds nothing of
   the old one in them):
   - a database in a folder that is read-only by now can still be read;
   - a connection to a database that was deleted and made again would, at its
     end, remove the side files by name: those of the new database.

   Whether the files are still those of that name is looked at when a connection
   is taken from the pool, after each write, before a "no" is believed, and
   before pages of the -wal are written into the database, see sqlite_files.h.
 */

struct statement {
	struct db_row row;
	struct statement *next;
	const char *sql;
	sqlite3_stmt *compiled;
	bool in_use;
};

struct connection {
	struct db db;
	struct arena *arena;
	int64_t wait_ms; /* how long to wait for a lock */
	struct sqlite_patience patience;
	sqlite3 *handle;
	struct sqlite_files files;
	struct statement *statements;
};

static struct connection *
sqlite_of_db(struct db *db)
{
	return (struct connection *)db;
}

static struct statement *
sqlite_statement_of(struct db_row *row)
{
	return (struct statement *)row;
}

static const char *
sqlite_advice(int code)
{
	static const struct {
		int code;
		const char *text;
	} rows[] = {
	    {SQLITE_BUSY, "find who holds it with fuser(1)"},
	    {SQLITE_CANTOPEN, "let this user read and write it and its folder"},
	    {SQLITE_CORRUPT, "restore it from a backup"},
	    {SQLITE_FULL, "make room on its disk"},
	    {SQLITE_IOERR, "look after its disk"},
	    {SQLITE_NOTADB, "restore it from a backup"},
	    {SQLITE_PROTOCOL, "find who holds it with fuser(1)"},
	    {SQLITE_READONLY, "let this user write it and its folder"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].code == code)
			return rows[i].text;
	return "is it a store of Postward's?";
}

static enum rc
sqlite_fail(struct connection *c, int code, struct err *err)
{
	int cause = 0;

	code &= 0xff; /* the code without its extended part */
	if (code == SQLITE_NOMEM)
		abort();
	if (code == SQLITE_CONSTRAINT)
		return err_set(err, RC_PERM, "%s: %s", c->db.name,
		    sqlite3_errmsg(c->handle));
	if (code != SQLITE_BUSY)
		c->db.broken = true;
	if (code == SQLITE_CANTOPEN || code == SQLITE_IOERR)
		cause = sqlite3_system_errno(c->handle);
	return err_set(err, RC_TEMP, "%s: %s%s%s: %s", c->db.name,
	    sqlite3_errmsg(c->handle), cause != 0 ? ": " : "",
	    cause != 0 ? strerror(cause) : "", sqlite_advice(code));
}

static const char *
sqlite_wrong(const char *name)
{
	return name[0] == '/' && name[1] != '\0' ? NULL
						 : "expected sqlite:/path";
}

/* Waits for a lock as long as this request has time. */
static int
set_patience(struct connection *c)
{
	c->patience.most_ms = db_time_left(c->wait_ms);
	return sqlite3_busy_handler(c->handle, sqlite_patience_wait,
	    &c->patience);
}

/* Nobody can know what became of the rows that were written. */
static enum rc
fail_as_moved(struct connection *c, struct err *err)
{
	c->db.broken = c->db.again = true;
	return err_set(err, RC_TEMP,
	    "%s: the file, its -wal or its -shm was replaced a moment ago",
	    c->db.name);
}

static enum rc
sqlite_execute(struct db *db, const char *sql, struct err *err)
{
	struct connection *c = sqlite_of_db(db);
	int code = set_patience(c);

	if (code == SQLITE_OK)
		code = sqlite3_exec(c->handle, sql, NULL, NULL, NULL);
	if (code != SQLITE_OK)
		return sqlite_fail(c, code, err);
	if (sql == db_sqlite.commit && sqlite_files_moved(&c->files))
		return fail_as_moved(c, err);
	return RC_OK;
}

/* The last connection writes the -wal into the database, unless the -wal is no
   longer that of the database. */
static void
close_handle(struct connection *c)
{
	for (struct statement *s = c->statements; s != NULL; s = s->next)
		sqlite3_finalize(s->compiled);
	c->statements = NULL;
	if (c->handle != NULL && sqlite_files_moved(&c->files))
		sqlite3_db_config(c->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
		    1, NULL);
	sqlite3_close(c->handle);
	c->handle = NULL;
	sqlite_files_leave(&c->files);
}

static void
sqlite_close(struct db *db)
{
	struct connection *c = sqlite_of_db(db);

	close_handle(c);
	arena_free(c->arena);
}

/* Called after each commit. */
static int
checkpoint_if_ours(void *context, sqlite3 *handle, const char *name, int pages)
{
	struct connection *c = context;

	if (pages >= CHECKPOINT_PAGES && !sqlite_files_moved(&c->files))
		sqlite3_wal_checkpoint_v2(handle, name,
		    SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return SQLITE_OK;
}

/* Root opens what a program of the web may have written, so that nothing in the
   file may run.  We have neither triggers nor views. */
static int
distrust_schema(sqlite3 *handle)
{
	static const int off[] = {SQLITE_DBCONFIG_ENABLE_TRIGGER,
	    SQLITE_DBCONFIG_ENABLE_VIEW, SQLITE_DBCONFIG_TRUSTED_SCHEMA};
	int code = SQLITE_OK;

	for (size_t i = 0; i < sizeof(off) / sizeof(*off); i++)
		if (code == SQLITE_OK)
			code = sqlite3_db_config(handle, off[i], 0, NULL);
	return code;
}

/* SQLite itself opens a file for reading only if it cannot be written. */
static enum rc
set_up_sqlite(struct connection *c, struct err *err)
{
	int yes = 1;
	int code = sqlite3_open_v2(c->db.name, &c->handle,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (code == SQLITE_OK)
		code = distrust_schema(c->handle);
	if (code == SQLITE_OK)
		code = sqlite3_db_config(c->handle, SQLITE_DBCONFIG_LOOKASIDE,
		    NULL, LOOKASIDE_SIZE, LOOKASIDE_SLOTS);
	if (code == SQLITE_OK)
		code = set_patience(c);
	if (code == SQLITE_OK)
		code = sqlite3_file_control(c->handle, "main",
		    SQLITE_FCNTL_PERSIST_WAL, &yes);
	if (code != SQLITE_OK)
		return sqlite_fail(c, code, err);
	sqlite3_wal_hook(c->handle, checkpoint_if_ours, c);
	/* The first question opens the side files. */
	return sqlite_execute(&c->db,
	    "PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 0; "
	    "PRAGMA secure_delete = ON;" /* codes in mail that was sent */
	    /* What of the keys of a million accounts leads to the rows. */
	    "PRAGMA cache_size = -8000;"
	    "SELECT 1 FROM sqlite_master LIMIT 1",
	    err);
}

/* RC_NONE: the files changed while they were opened. */
static enum rc
open_files(struct connection *c, struct err *err)
{
	enum rc rc = sqlite_files_enter(&c->files, c->db.name,
	    db_time_left(c->wait_ms), err);

	if (rc != RC_OK)
		return rc;
	rc = set_up_sqlite(c, err);
	if (rc == RC_OK && !sqlite_files_moved(&c->files))
		return RC_OK;
	close_handle(c);
	return rc == RC_OK ? RC_NONE : rc;
}

static enum rc
sqlite_open(struct db_place *place, struct db **out, struct err *err)
{
	struct arena *a = arena_new();
	struct connection *c = arena_take(a, sizeof(*c));
	enum rc rc = RC_NONE;

	c->db.driver = &db_sqlite;
	c->db.name = arena_copy_text(a, place->name);
	c->arena = a;
	c->wait_ms = place->wait_ms;
	for (int i = 0; rc == RC_NONE && i < OPEN_TRIES; i++)
		rc = open_files(c, err);
	if (rc == RC_NONE)
		rc = fail_as_moved(c, err);
	if (rc == RC_OK)
		*out = &c->db;
	else
		arena_free(a);
	return rc;
}

/* Rolls nothing back: what is wrong with it ends its use.  No file of it has a
   name, so that none can be another's. */
enum rc
sqlite_open_private(struct db **out, struct err *err)
{
	struct arena *a = arena_new();
	struct connection *c = arena_take(a, sizeof(*c));
	enum rc rc = RC_OK;
	int code;

	c->db.driver = &db_sqlite;
	c->db.name = "temporary database, in TMPDIR or /var/tmp";
	c->arena = a;
	code = sqlite3_open_v2("", &c->handle,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
	    NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(c->handle,
		    "PRAGMA temp_store = FILE; PRAGMA journal_mode = OFF; "
		    "PRAGMA cache_size = -" SPOOL_CACHE_KIB,
		    NULL, NULL, NULL);
	if (code != SQLITE_OK)
		rc = sqlite_fail(c, code, err);
	if (rc == RC_OK)
		*out = &c->db;
	else
		sqlite_close(&c->db);
	return rc;
}

static bool
sqlite_stale(struct db *db)
{
	return sqlite_files_changed(&sqlite_of_db(db)->files);
}

static enum rc
sqlite_confirm(struct db *db, bool again, struct err *err)
{
	(void)again;
	return sqlite_stale(db) ? fail_as_moved(sqlite_of_db(db), err) : RC_OK;
}

static enum rc
sqlite_make(struct db_place *place, struct err *err)
{
	struct db *db;
	enum rc rc = sqlite_make_file(place->name, err);

	if (rc == RC_OK)
		rc = sqlite_open(place, &db, err);
	if (rc != RC_OK)
		return rc;
	rc = sqlite_execute(db, "PRAGMA journal_mode = WAL", err);
	sqlite_files_accept(&sqlite_of_db(db)->files);
	sqlite_close(db);
	return rc;
}

static enum rc
sqlite_start(struct db *db, const char *sql, struct db_row **out,
    struct err *err)
{
	struct connection *c = sqlite_of_db(db);
	struct statement *s = c->statements;
	sqlite3_stmt *compiled;
	int code;

	set_patience(c);
	while (s != NULL && s->sql != sql)
		s = s->next;
	if (s == NULL) {
		code = sqlite3_prepare_v3(c->handle, sql, -1,
		    SQLITE_PREPARE_PERSISTENT, &compiled, NULL);
		if (code != SQLITE_OK)
			return sqlite_fail(c, code, err);
		s = arena_take(c->arena, sizeof(*s));
		*s = (struct statement){
		    {.db = db}, c->statements, sql, compiled, false};
		c->statements = s;
	}
	assert(!s->in_use);
	s->in_use = true;
	*out = &s->row;
	return RC_OK;
}

static void
sqlite_bind_text(struct db_row *row, int i, const char *text)
{
	int code = sqlite3_bind_text(sqlite_statement_of(row)->compiled, i,
	    text, -1, SQLITE_TRANSIENT);

	assert(code == SQLITE_OK);
	(void)code;
}

static void
sqlite_bind_integer(struct db_row *row, int i, int64_t value)
{
	int code =
	    sqlite3_bind_int64(sqlite_statement_of(row)->compiled, i, value);

	assert(code == SQLITE_OK);
	(void)code;
}

static enum rc
sqlite_next(struct db_row *row, struct err *err)
{
	struct statement *s = sqlite_statement_of(row);
	struct connection *c = sqlite_of_db(row->db);
	int code = sqlite3_step(s->compiled);

	if (code == SQLITE_ROW)
		return RC_OK;
	if (code != SQLITE_DONE)
		return sqlite_fail(c, code, err);
	if (!sqlite3_stmt_readonly(s->compiled) &&
	    sqlite3_get_autocommit(c->handle) && sqlite_files_moved(&c->files))
		return fail_as_moved(c, err);
	return RC_NONE;
}

static char *
sqlite_text(struct db_row *row, int column, struct arena *a)
{
	sqlite3_stmt *compiled = sqlite_statement_of(row)->compiled;
	const void *text = sqlite3_column_text(compiled, column);

	if (text == NULL)
		return NULL;
	return arena_copy_bytes(a, text,
	    (size_t)sqlite3_column_bytes(compiled, column));
}

static int64_t
sqlite_integer(struct db_row *row, int column)
{
	return sqlite3_column_int64(sqlite_statement_of(row)->compiled, column);
}

static int64_t
sqlite_changed(struct db_row *row)
{
	return sqlite3_changes64(sqlite_of_db(row->db)->handle);
}

static void
sqlite_end(struct db_row *row)
{
	struct statement *s = sqlite_statement_of(row);

	sqlite3_reset(s->compiled);
	s->in_use = false;
}

const struct db_driver db_sqlite = {
    .scheme = "sqlite:",
    .most_idle = 4, /* each has some 150 kB, and is quickly made */
    .local = true,
    .begin = "BEGIN IMMEDIATE",
    .commit = "COMMIT",
    .abandon = "ROLLBACK",
    /* Else deleting a table deletes all rows that refer to it; and its pages
       would be written once more. */
    .migrate_first = "PRAGMA foreign_keys = OFF; PRAGMA secure_delete = FAST",
    .has_table =
	"SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1",
    .wrong = sqlite_wrong,
    .make = sqlite_make,
    .open = sqlite_open,
    .close = sqlite_close,
    .stale = sqlite_stale,
    .confirm = sqlite_confirm,
    .execute = sqlite_execute,
    .start = sqlite_start,
    .bind_text = sqlite_bind_text,
    .bind_integer = sqlite_bind_integer,
    .next = sqlite_next,
    .text = sqlite_text,
    .integer = sqlite_integer,
    .changed = sqlite_changed,
    .end = sqlite_end,
};
