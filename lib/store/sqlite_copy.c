/* SPDX-License-Identifier: MIT */
#include "store/sqlite_copy.h"

#include "base/arena.h"
#include "store/private/schema.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long a copy waits for who migrates, or checkpoints. */
#define WAIT_MS 10000

/* The bytes that SQLite locks (its file format, 3.0). */
#define LOCKS_AT  0x40000000
#define LOCKS_LEN 512

static enum rc
fail_to_copy(sqlite3 *handle, const char *path, enum rc rc, struct err *err)
{
	return err_set(err, rc, "%s: %s", path, sqlite3_errmsg(handle));
}

static enum rc
open_for_copy(const char *path, sqlite3 **out, struct err *err)
{
	int code = sqlite3_open_v2(path, out,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	sqlite3_db_config(*out, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_busy_timeout(*out, WAIT_MS);
	return code == SQLITE_OK ? RC_OK
				 : fail_to_copy(*out, path, RC_TEMP, err);
}

/* The side files stay, as other connections of ours want it. */
static void
keep_side_files(sqlite3 *handle)
{
	int yes = 1;

	sqlite3_file_control(handle, "main", SQLITE_FCNTL_PERSIST_WAL, &yes);
}

enum rc
sqlite_copy_write(const char *path, const char *to, struct err *err)
{
	sqlite3_stmt *copy = NULL;
	sqlite3 *handle;
	enum rc rc = open_for_copy(path, &handle, err);

	keep_side_files(handle);
	if (rc == RC_OK && (sqlite3_prepare_v2(handle, "VACUUM INTO ?1", -1,
				&copy, NULL) != SQLITE_OK ||
			       sqlite3_bind_text(copy, 1, to, -1,
				   SQLITE_STATIC) != SQLITE_OK ||
			       sqlite3_step(copy) != SQLITE_DONE))
		rc = fail_to_copy(handle, path, RC_TEMP, err);
	sqlite3_finalize(copy);
	sqlite3_close(handle);
	return rc;
}

enum rc
sqlite_copy_stop_mail(const char *path, const char *why, struct err *err)
{
	sqlite3_stmt *change = NULL;
	sqlite3 *handle;
	enum rc rc = open_for_copy(path, &handle, err);

	if (rc == RC_OK &&
	    (sqlite3_prepare_v2(handle,
		 "UPDATE outbox SET state = 'failed', last_error = ?1, "
		 "texts = '{}', lease_until = 0, lease_owner = NULL "
		 "WHERE state = 'new'",
		 -1, &change, NULL) != SQLITE_OK ||
		sqlite3_bind_text(change, 1, why, -1, SQLITE_STATIC) !=
		    SQLITE_OK ||
		sqlite3_step(change) != SQLITE_DONE))
		rc = fail_to_copy(handle, path, RC_TEMP, err);
	sqlite3_finalize(change);
	sqlite3_close(handle);
	return rc;
}

/* The first column of the first row of an answer is that text. */
static bool
sqlite_answers(sqlite3 *handle, const char *sql, const char *text)
{
	sqlite3_stmt *question = NULL;
	const unsigned char *got;
	bool same = false;

	if (sqlite3_prepare_v2(handle, sql, -1, &question, NULL) == SQLITE_OK &&
	    sqlite3_step(question) == SQLITE_ROW) {
		got = sqlite3_column_text(question, 0);
		same = got != NULL && strcmp((const char *)got, text) == 0;
	}
	sqlite3_finalize(question);
	return same;
}

enum rc
sqlite_copy_ready(const char *path, struct err *err)
{
	struct arena *a = arena_new();
	const char *is_old_enough = arena_printf(a,
	    "SELECT MAX(version) <= %d FROM postward_schema", schema_newest());
	sqlite3 *handle;
	enum rc rc = open_for_copy(path, &handle, err);

	if (rc == RC_OK &&
	    !sqlite_answers(handle, "PRAGMA integrity_check", "ok"))
		rc = err_set(err, RC_PERM, "%s: the database is damaged", path);
	else if (rc == RC_OK &&
		 !sqlite_answers(handle,
		     "SELECT COUNT(*) FROM sqlite_master "
		     "WHERE type = 'table' AND name = 'postward_schema'",
		     "1"))
		rc = err_set(err, RC_PERM, "%s: no store of Postward's", path);
	else if (rc == RC_OK && !sqlite_answers(handle, is_old_enough, "1"))
		rc = err_set(err, RC_PERM,
		    "%s: a newer Postward has written it: install that first",
		    path);
	else if (rc == RC_OK &&
		 !sqlite_answers(handle, "PRAGMA journal_mode = WAL", "wal"))
		rc = fail_to_copy(handle, path, RC_TEMP, err);
	sqlite3_close(handle);
	unlink(arena_printf(a, "%s-wal", path));
	unlink(arena_printf(a, "%s-shm", path));
	arena_free(a);
	return rc;
}

/* In WAL mode each connection holds a lock for as long as it is open. */
bool
sqlite_copy_in_use(const char *path)
{
	struct flock lock = {
	    .l_type = F_WRLCK,
	    .l_whence = SEEK_SET,
	    .l_start = LOCKS_AT,
	    .l_len = LOCKS_LEN,
	};
	int fd = open(path, O_RDWR | O_CLOEXEC);
	bool used =
	    fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;

	if (fd >= 0)
		close(fd);
	return used;
}

enum rc
sqlite_copy_settle(const char *path, struct err *err)
{
	sqlite3 *handle;
	enum rc rc = open_for_copy(path, &handle, err);

	keep_side_files(handle);
	if (rc == RC_OK &&
	    !sqlite_answers(handle, "PRAGMA wal_checkpoint(TRUNCATE)", "0"))
		rc = err_set(err, RC_TEMP,
		    "%s: somebody uses it, or it is damaged", path);
	sqlite3_close(handle);
	return rc;
}
