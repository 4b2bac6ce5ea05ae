/* SPDX-License-Identifier: MIT */
#include "store/private/mariadb.h"

#include "store/mariadb_url.h"
#include "store/private/schema.h"

#include <mysqld_error.h>
#include <poll.h>

static const char *
mariadb_wrong(const char *name)
{
	struct arena *a = arena_new();
	struct mariadb_url url;
	const char *wrong = mariadb_url_read(a, name, &url);

	arena_free(a);
	return wrong;
}

static enum rc
mariadb_open(struct db_place *place, struct db **out, struct err *err)
{
	unsigned code;
	enum rc rc = mariadb_reach(place, true, &code, out, err);

	if (rc == RC_OK)
		(*out)->driver = &db_mariadb;
	return rc;
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

/* Every writer changes the one row of postward_writer (see db_mariadb.begin).
   One server makes writers wait for one another; of two that wrote at different
   nodes of a cluster the second is sent back (1213).  The other nodes would not
   know of a lock that only reads. */
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

/* Between requests a server says nothing: bytes that can be read are its
   farewell.  The library has no socket any more if it has closed it. */
static bool
mariadb_stale(struct db *db)
{
	struct pollfd fd = {
	    .fd = (int)mysql_get_socket(((struct mariadb *)db)->handle),
	    .events = POLLIN,
	};

	return fd.fd < 0 || poll(&fd, 1, 0) != 0;
}

const struct db_driver db_mariadb = {
    .scheme = "mariadb://",
    .most_idle = 8,
    .begin = "START TRANSACTION",
    .become_writer = "UPDATE postward_writer SET turn = turn + 1",
    .commit = "COMMIT",
    .abandon = "ROLLBACK",
    .has_table = "SELECT 1 FROM information_schema.tables "
		 "WHERE table_schema = DATABASE() AND table_name = ?1",
    .table_options = " ENGINE=InnoDB CHARACTER SET utf8mb4 "
		     "COLLATE utf8mb4_nopad_bin",
    .not_for = SCHEMA_SQLITE,
    .migrate_first = "DO GET_LOCK(CONCAT('postward.', DATABASE()), 5)",
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
