/* SPDX-License-Identifier: MIT */
#include "store/private/mariadb.h"

#include "store/mariadb_url.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* Another try may find it well: the connection, if it has to be a new one,
   reaches another host. */
#define ANOTHER_TRY 1
/* The connection is as good as before. */
#define STILL_GOOD 2
/* The statement is against the rules. */
#define FORBIDDEN 4

static const struct {
	unsigned code;
	unsigned means;
	const char *advice;
} known[] = {
    {ER_DUP_ENTRY, FORBIDDEN, ""},
    {ER_NO_REFERENCED_ROW_2, FORBIDDEN, ""},
    {ER_ROW_IS_REFERENCED_2, FORBIDDEN, ""},
    {ER_CONSTRAINT_FAILED, FORBIDDEN, ""},
    {ER_BAD_NULL_ERROR, FORBIDDEN, ""},
    {ER_DATA_TOO_LONG, FORBIDDEN, ""},
    {ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, FORBIDDEN, ""},
    {ER_LOCK_DEADLOCK, ANOTHER_TRY | STILL_GOOD, "others write too: try again"},
    {ER_LOCK_WAIT_TIMEOUT, ANOTHER_TRY | STILL_GOOD,
	"find who holds it with SHOW PROCESSLIST"},
    {ER_CHECKREAD, ANOTHER_TRY | STILL_GOOD, "others write too: try again"},
    {CR_SERVER_GONE_ERROR, ANOTHER_TRY, "is the server running?"},
    {CR_SERVER_LOST, ANOTHER_TRY, "is the server running?"},
    {CR_SERVER_LOST_EXTENDED, ANOTHER_TRY, "is the server running?"},
    {ER_UNKNOWN_COM_ERROR, ANOTHER_TRY, "does this node see its cluster?"},
    {ER_SERVER_SHUTDOWN, ANOTHER_TRY, "is the server running?"},
    {ER_CONNECTION_KILLED, ANOTHER_TRY, "who has killed it?"},
    {ER_QUERY_INTERRUPTED, ANOTHER_TRY, "who has killed it?"},
    {ER_NEED_REPREPARE, ANOTHER_TRY, "try again"},
    {ER_UNKNOWN_STMT_HANDLER, ANOTHER_TRY, "try again"},
    {CR_CONNECTION_ERROR, 0, "is the server running?"},
    {CR_CONN_HOST_ERROR, 0, "is the server running?"},
    {CR_UNKNOWN_HOST, 0, "is the name right in store.url?"},
    {CR_SSL_CONNECTION_ERROR, 0, "see tls and ca in store.url"},
    {ER_ACCESS_DENIED_ERROR, 0, "see store.password-file"},
    {ER_DBACCESS_DENIED_ERROR, 0,
	"make the database, and see 'postward store init --grants'"},
    {ER_TABLEACCESS_DENIED_ERROR, 0, "see 'postward store init --grants'"},
    {ER_COLUMNACCESS_DENIED_ERROR, 0, "see 'postward store init --grants'"},
    {ER_BAD_DB_ERROR, 0, "make it with 'postward store init'"},
    {ER_NO_SUCH_TABLE, 0, "run 'postward store migrate'"},
    {ER_SPECIFIC_ACCESS_DENIED_ERROR, STILL_GOOD,
	"grant this user what the manual names"},
    {ER_OPTION_PREVENTS_STATEMENT, 0, "is the server read-only?"},
};

static struct mariadb *
mariadb_of_db(struct db *db)
{
	return (struct mariadb *)db;
}

/* The others that wait for the same host need not find out by themselves. */
static void
turn_to_the_next_host(struct mariadb *c)
{
	unsigned mine = c->host;

	atomic_compare_exchange_strong(&c->place->host, &mine, mine + 1);
}

enum rc
mariadb_fail(struct mariadb *c, unsigned code, const char *words,
    struct err *err)
{
	const char *advice = "see the server's error log";
	unsigned means = 0;

	c->code = code;
	if (code == CR_OUT_OF_MEMORY)
		abort();
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].code == code) {
			means = known[i].means;
			advice = known[i].advice;
		}
	if (means & FORBIDDEN)
		return err_set(err, RC_PERM, "%s: %s", c->db.name, words);
	c->db.again = (means & ANOTHER_TRY) != 0;
	if ((means & STILL_GOOD) == 0) {
		c->db.broken = true;
		turn_to_the_next_host(c);
	}
	return err_set(err, RC_TEMP, "%s: %s (%u): %s", c->db.name, words, code,
	    advice);
}

enum rc
mariadb_fail_now(struct mariadb *c, struct err *err)
{
	return mariadb_fail(c, mysql_errno(c->handle), mysql_error(c->handle),
	    err);
}

static const char *
mariadb_wrong(const char *name)
{
	struct arena *a = arena_new();
	struct mariadb_url url;
	const char *wrong = mariadb_url_read(a, name, &url);

	arena_free(a);
	return wrong;
}

enum rc
mariadb_execute(struct db *db, const char *sql, struct err *err)
{
	struct mariadb *c = mariadb_of_db(db);
	struct cut_off cut;
	int problem;

	mariadb_wait_begin(c, &cut);
	problem = mysql_real_query(c->handle, sql, strlen(sql));
	if (problem == 0)
		mysql_free_result(mysql_store_result(c->handle));
	cut_off_disarm(&cut);
	return problem == 0 ? RC_OK : mariadb_fail_now(c, err);
}

void
mariadb_close(struct db *db)
{
	struct mariadb *c = mariadb_of_db(db);

	mariadb_forget_statements(c);
	mysql_close(c->handle);
	arena_free(c->arena);
}

static enum rc
mariadb_open(struct db_place *place, struct db **out, struct err *err)
{
	unsigned code;

	return mariadb_reach(place, true, &code, out, err);
}

static enum rc
make_database(struct db_place *place, struct err *err)
{
	struct arena *a = arena_new();
	struct mariadb_url url;
	struct db *db;
	unsigned code;
	enum rc rc = mariadb_reach(place, false, &code, &db, err);

	mariadb_url_read(a, place->name, &url);
	if (rc == RC_OK) {
		rc = mariadb_execute(db,
		    arena_printf(a,
			"CREATE DATABASE IF NOT EXISTS `%s` CHARACTER SET "
			"utf8mb4 COLLATE utf8mb4_nopad_bin",
			url.database),
		    err);
		mariadb_close(db);
	}
	arena_free(a);
	return rc;
}

/* Every writer changes the one row of postward_writer, see db_mariadb.begin:
   one server makes them wait for one another, and of two that wrote at
   different nodes of a cluster the second is sent back (1213).  A lock that
   only reads would not be known to the other nodes. */
static enum rc
make_writer(struct db *db, struct err *err)
{
	enum rc rc = mariadb_execute(db,
	    "CREATE TABLE IF NOT EXISTS postward_writer ("
	    " one INTEGER NOT NULL, turn BIGINT NOT NULL, PRIMARY KEY (one)) "
	    "ENGINE=InnoDB",
	    err);

	return rc != RC_OK
		   ? rc
		   : mariadb_execute(db,
			 "INSERT IGNORE INTO postward_writer VALUES (1, 0)",
			 err);
}

static enum rc
mariadb_make(struct db_place *place, struct err *err)
{
	struct db *db;
	unsigned code;
	enum rc rc = mariadb_reach(place, true, &code, &db, err);

	if (rc != RC_OK && code == ER_BAD_DB_ERROR) {
		rc = make_database(place, err);
		if (rc == RC_OK)
			rc = mariadb_open(place, &db, err);
	}
	if (rc != RC_OK)
		return rc;
	rc = make_writer(db, err);
	mariadb_close(db);
	return rc;
}

/* Between requests a server says nothing: what can be read is its farewell. */
static bool
mariadb_stale(struct db *db)
{
	struct pollfd fd = {
	    .fd = (int)mysql_get_socket(mariadb_of_db(db)->handle),
	    .events = POLLIN,
	};

	return poll(&fd, 1, 0) != 0;
}

const struct db_driver db_mariadb = {
    .scheme = "mariadb://",
    .begin = "START TRANSACTION",
    .become_writer = "UPDATE postward_writer SET turn = turn + 1",
    .commit = "COMMIT",
    .abandon = "ROLLBACK",
    .has_table = "SELECT 1 FROM information_schema.tables "
		 "WHERE table_schema = DATABASE() AND table_name = ?1",
    .table_options = " ENGINE=InnoDB CHARACTER SET utf8mb4 "
		     "COLLATE utf8mb4_nopad_bin",
    .migrate_lock = "DO GET_LOCK(CONCAT('postward.', DATABASE()), 5)",
    .wrong = mariadb_wrong,
    .make = mariadb_make,
    .open = mariadb_open,
    .close = mariadb_close,
    .stale = mariadb_stale,
    .confirm = mariadb_confirm,
    .now = "SELECT UNIX_TIMESTAMP()",
    .execute = mariadb_execute,
    .start = mariadb_start,
    .bind_text = mariadb_bind_text,
    .bind_integer = mariadb_bind_integer,
    .next = mariadb_next,
    .text = mariadb_text,
    .integer = mariadb_integer,
    .changed = mariadb_changed,
    .end = mariadb_end,
};
