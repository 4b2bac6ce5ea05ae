/* SPDX-License-Identifier: MIT */
/*
 * db - the store: a pool of connections to one database, and the few things
 * asked of a connection: prepare, bind, step, transaction.
 *
 * The URL chooses the driver: "sqlite:/path" or
 * "mariadb://user@host,host/database" (see mariadb_url.h).  SQL is written
 * once, in the subset that all drivers share.  Every trouble of the database is
 * RC_TEMP, and its text says which database and what an operator can do.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct store;
struct db;
struct db_row;

/* Checks only the URL: an absent or damaged database shows when it is used, and
   is tried again at each use.  password_file is read for each new connection,
   so that its content may change; NULL or "": there is no password.  RC_PERM:
   the URL is wrong; store_url_wrong returns what was expected, or NULL. */
enum rc store_open(const char *url, const char *password_file,
    struct store **out, struct err *err);
void store_close(struct store *store);
const char *store_url(const struct store *store);
const char *store_url_wrong(const char *url);

/* Before the store is first used: how long a store_work waits for a lock that
   another program holds (5 s), and how much longer a server may take for the
   first row of db_start_long, as MariaDB copies all rows before it (0). */
void store_set_wait(struct store *store, int64_t ms);
void store_set_long_wait(struct store *store, int64_t ms);

/* Sets the deadline of the calling thread, a time of clock_ms.  After it the
   thread waits for no lock and no connection, and tries nothing twice.
   INT64_MAX: no deadline, as at first.  If a server falls silent in the middle
   of an answer, the thread waits for the time of store_set_wait and one second
   more. */
void store_set_deadline(int64_t deadline);
int64_t db_time_left(int64_t most); /* until then, from 0 to most ms */

/* Brings the tables to the newest version, making the database if it is
   missing.  *from and *to are the versions before and after. */
enum rc store_migrate(struct store *store, int *from, int *to, struct err *err);
/* Tells the same (0: no tables) and changes nothing. */
enum rc store_version(struct store *store, int *from, int *to, struct err *err);

/* store_do takes a connection, calls the work and gives the connection back. If
   the connection to a server is lost, the work is called once more, on one to
   the next host; twice, if the lost one was kept from before.  If another
   writer was first, the work is called up to six times more, after pauses of 4
   to 160 ms, within the time of store_set_wait and the deadline.  context must
   allow that.  store_change calls the work in a transaction, which is committed
   if the work returns RC_OK and abandoned if not.
   When the answer to a commit is lost, nobody knows whether it was done.  The
   work is called again nevertheless: the primary keys of its rows keep it from
   being done twice, and db_in_doubt tells it that a row it finds may be its own
   of a moment ago.  RC_TEMP then means: not done or, if all later calls failed
   too, once.

   RC_NONE and RC_PERM are returned only from a database that is known to be
   current.  A node of a cluster that may be behind is brought up to date first,
   and the work is called once more; if the node cannot be, the result is
   RC_TEMP.  A work that reports "no" in another way must return RC_NONE all the
   same.  store_glance skips this, for callers that ask again in a moment
   anyway. */
typedef enum rc store_work(struct db *db, void *context, struct err *err);
enum rc store_do(struct store *store, store_work *work, void *context,
    struct err *err);
enum rc store_change(struct store *store, store_work *work, void *context,
    struct err *err);
enum rc store_glance(struct store *store, store_work *work, void *context,
    struct err *err);
/* store_change without a turn as the writer (MariaDB): for a row or two. */
enum rc store_add(struct store *store, store_work *work, void *context,
    struct err *err);
bool db_in_doubt(const struct db *db);

/* Returns the time of day, in seconds since 1970, that all programs which use
   this store agree about: that of the server or, of a file, of the machine. */
enum rc store_now(struct store *store, int64_t *out, struct err *err);
enum rc db_clock(struct db *db, int64_t *out, struct err *err);

/* Lends a connection to one thread; its tables are of the newest version.  The
   caller must always give it back, with no statement or transaction open. */
enum rc store_take(struct store *store, struct db **out, struct err *err);
void store_give(struct store *store, struct db *db);

/* Starts a statement, which each connection compiles once and keeps.  The
   values after err are bound to ?1, ?2...; types has a letter for each: 's' for
   a text (NULL allowed), 'i' for an int64_t.  sql must be a constant of the
   program, and must not be started a second time on the same connection before
   db_end.

	db_start(db, "SELECT ... WHERE address = ?1", "s", &row, err, address)
 */
enum rc db_start(struct db *db, const char *sql, const char *types,
    struct db_row **out, struct err *err, ...);

/* The same for any number of rows, which are never all in memory at once. */
enum rc db_start_long(struct db *db, const char *sql, const char *types,
    struct db_row **out, struct err *err, ...);

/* What becomes of a row: `read` makes of its columns the struct `out`, with
   copies of its texts in the arena.  Without read, nothing. */
struct db_reader {
	void (*read)(struct db_row *row, struct arena *a, void *out);
	void *out;
	struct arena *arena;
};

/* Start, read the first row and end.  RC_NONE: there is no row. */
enum rc db_read_first(struct db *db, struct db_reader reader, struct err *err,
    const char *sql, const char *types, ...);
/* db_next for a reader. */
enum rc db_read_next(struct db_row *row, struct db_reader reader,
    struct err *err);
struct db_reader db_integer_reader(int64_t *out);

/* Steps to the first row, or the next.  RC_NONE: there is no more. */
enum rc db_next(struct db_row *row, struct err *err);
/* The value of column 0, 1... of the present row.  db_text returns a copy in
   the arena, NULL for NULL. */
char *db_text(struct db_row *row, int column, struct arena *a);
int64_t db_integer(struct db_row *row, int column);
void db_end(struct db_row *row);

/* Returns which of the n words a column holds; 0 for any other text. */
size_t db_word(const char *text, const char *const *words, size_t n);

/* Returns n items of a growing list with room for one more, in the arena. */
void *db_more(struct arena *a, void *items, size_t n, size_t size);

/* Starts, steps once and ends an INSERT, UPDATE or DELETE.  RC_NONE: it has
   changed no row.  RC_PERM: a UNIQUE or CHECK rule forbids it. */
enum rc db_run(struct db *db, struct err *err, const char *sql,
    const char *types, ...);

/* A transaction for writing, which locks out other writers from db_begin to
   db_commit or db_abandon on the same connection.  After db_commit the
   transaction is over, whatever is returned: on an error nothing was changed,
   unless the server's answer was lost (see store_change). */
enum rc db_begin(struct db *db, struct err *err);
enum rc db_commit(struct db *db, struct err *err);
void db_abandon(struct db *db);
