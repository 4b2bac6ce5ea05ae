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
#include <stddef.h>
#include <stdint.h>

struct store;
struct db;
struct db_row;

/* Only the URL is looked at: a database that is absent or damaged shows when
   it is used, and is tried again at each use.  The password is read at each new
   connection, so that it may change; NULL or "": none.  RC_PERM: no such URL;
   store_url_wrong says what was expected, NULL: nothing else. */
enum rc store_open(const char *url, const char *password_file,
    struct store **out, struct err *err);
void store_close(struct store *store);
const char *store_url(const struct store *store);
const char *store_url_wrong(const char *url);

/* Sets how long a work waits for a lock that another program holds; the default
   is 5 s.  To be called before the store is first used. */
void store_set_wait(struct store *store, int64_t ms);

/* The calling thread has no time after `deadline` (of clock_ms): from now on it
   waits no longer for locks and connections, and tries nothing twice after
   that.  INT64_MAX: no deadline, as at first.  If a server falls silent in the
   middle of an answer, the thread waits for the time of store_set_wait and one
   second more. */
void store_set_deadline(int64_t deadline);

/* Brings the tables to the newest version, making the database if it is
   missing.  *from and *to are the versions before and after. */
enum rc store_migrate(struct store *store, int *from, int *to, struct err *err);

/* Takes a connection, does the work and gives it back.  If the connection to a
   server is lost, or a conflict with another writer ends the transaction, the
   work runs once more, on a connection to the next host: context must allow
   that. store_change does it in a transaction, which is committed if the work
   says RC_OK and abandoned if not.

   When the answer to a commit is lost, nobody knows whether it was done.  The
   work is done again nevertheless: keys keep it from being done twice, and
   db_in_doubt tells the work that what it finds done already may be its own
   doing of a moment ago.  RC_TEMP means that it was done not at all, or, when
   the second answer is lost too, once.

   An answer of RC_NONE or RC_PERM is given only by a store that is known to be
   current.  One that may be behind, such as a node of a cluster, is brought up
   to date first, and the work is done once more; if it cannot be, that is
   RC_TEMP.  A work that reports its "no" in another way must return RC_NONE all
   the same. store_glance skips this, for callers that ask again in a moment
   anyway. */
typedef enum rc store_work(struct db *db, void *context, struct err *err);
enum rc store_do(struct store *store, store_work *work, void *context,
    struct err *err);
enum rc store_change(struct store *store, store_work *work, void *context,
    struct err *err);
enum rc store_glance(struct store *store, store_work *work, void *context,
    struct err *err);
bool db_in_doubt(const struct db *db);

/* The time of day, in seconds since 1970, that all who use this store agree
   about: a server's, or the machine's own of a file. */
enum rc store_now(struct store *store, int64_t *out, struct err *err);

/* A connection for one thread, whose tables were checked to be the newest.  The
   caller must always give it back, with no statement or transaction open. */
enum rc store_take(struct store *store, struct db **out, struct err *err);
void store_give(struct store *store, struct db *db);

/* One statement, compiled once a connection and kept.  values are bound to ?1,
   ?2...: 's' a text (NULL allowed) and 'i' an int64_t, as types says:
   db_start(db, "SELECT ... WHERE address = ?1", "s", &row, err, address).
   sql must be a constant of the program, and not be started a second time on
   the same connection before db_end. */
enum rc db_start(struct db *db, const char *sql, const char *types,
    struct db_row **out, struct err *err, ...);

/* The same for any number of rows: they are never all in memory at once. */
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

/* A reader of one integer. */
struct db_reader db_integer_reader(int64_t *out);

/* RC_OK: a row is there.  RC_NONE: no more. */
enum rc db_next(struct db_row *row, struct err *err);
/* Columns from 0; the text is a copy in the arena, NULL for NULL. */
char *db_text(struct db_row *row, int column, struct arena *a);
int64_t db_integer(struct db_row *row, int column);
void db_end(struct db_row *row);

/* Returns which of the n words a column holds, as an index; 0 for any other
   text, which the CHECK rule of the table does not let in. */
size_t db_word(const char *text, const char *const *words, size_t n);

/* Returns the n items of a growing list of rows with room for one more, in the
   arena. */
void *db_more(struct arena *a, void *items, size_t n, size_t size);

/* Start, step once and end: for INSERT, UPDATE, DELETE.  RC_NONE when no row
   was changed; RC_PERM when a UNIQUE or CHECK rule forbids it. */
enum rc db_run(struct db *db, struct err *err, const char *sql,
    const char *types, ...);

/* A transaction for writing, locked from its beginning.  Between db_begin and
   db_commit or db_abandon, on the same connection.  After db_commit it is
   over, whatever the answer: on an error nothing was changed, unless the answer
   itself was lost (see store_change). */
enum rc db_begin(struct db *db, struct err *err);
enum rc db_commit(struct db *db, struct err *err);
void db_abandon(struct db *db);
