/* SPDX-License-Identifier: MIT */
/*
 * db_driver - what a driver for one kind of database must provide.  Seen by
 * lib/store only; a new kind is one file db_KIND.c and one line in db.c.
 *
 * db.c and schema.c do what is the same for all: the pool, the order of calls,
 * binding by type, transactions, versions.  Nothing here is called by two
 * threads at once for the same connection.
 */
#pragma once

#include "store/db.h"

#include <stdatomic.h>

/* Each driver's own connection and row begin with these. */
struct db {
	const struct db_driver *driver;
	const char *name; /* what operators call it, such as its path */
	struct db *next;  /* in the pool */
	int64_t check_at; /* of clock_ms: when to look at the version again */
	unsigned rows;    /* started and not ended */
	bool in_transaction;
	bool broken;   /* set by the driver: not to be used again */
	bool kept;     /* it was used before, by another step */
	bool again;    /* set by the driver: a whole new try may succeed */
	bool conflict; /* set by the driver: of that, as others write, too */
	bool in_doubt; /* see db.h */
};

struct db_row {
	struct db *db;
	bool many; /* set before the first next: not to be held all at once */
};

struct db_place {
	const char *name;          /* the URL without its scheme */
	const char *password_file; /* NULL or "": none */
	int64_t wait_ms;           /* for a lock that somebody else holds */
	int64_t long_ms;           /* see store_set_long_wait */
	atomic_uint host; /* the driver's: which of several is used now */
};

struct db_driver {
	const char *scheme;

	/* Reading is reading files of this machine: only the driver itself
	   knows when it waits for somebody, and says so (base/blocking.h). */
	bool local;

	/* Statements without values, in the database's own words. */
	const char *begin, *commit, *abandon;
	/* NULL, or what makes a transaction wait for other writers, if begin
	   does not. */
	const char *become_writer;
	/* NULL, or what is added to CREATE TABLE. */
	const char *table_options;
	/* NULL, or what the connection is told that migrates, before it begins:
	   it keeps others from migrating while the connection lives, where
	   transactions do not; or lets a table be made anew though others refer
	   to it. */
	const char *migrate_first;
	/* Statements of the schema that begin with that are for others. */
	const char *not_for;
	/* NULL, or what gives the time of day where the machines that use the
	   database may not agree about it: seconds since 1970. */
	const char *now;
	/* Finds a row if there is a table named ?1. */
	const char *has_table;

	/* So many connections are kept while nobody uses them. */
	unsigned most_idle;
	/* NULL, or what was expected instead of that name. */
	const char *(*wrong)(const char *name);
	/* Makes the database, without tables, if it is missing. */
	enum rc (*make)(struct db_place *place, struct err *err);
	enum rc (*open)(struct db_place *place, struct db **out,
	    struct err *err);
	void (*close)(struct db *db);
	/* True: the name of the database now leads to another file or server,
	   or to none. */
	bool (*stale)(struct db *db);
	/* The connection has just said no, "there is no such row": does it know
	   all that was ever committed?  RC_OK: it does.  RC_NONE: it does now,
	   but may not have then: ask it again, and then with `again`.  RC_TEMP:
	   nobody knows.  In no transaction. */
	enum rc (*confirm)(struct db *db, bool again, struct err *err);

	enum rc (*execute)(struct db *db, const char *sql, struct err *err);

	/* The statement, compiled or from the connection's own store of them;
	   sql's address is the key.  Values are numbered from 1, and ?1 may
	   come twice; columns from 0.  Texts are compared byte by byte. RC_TEMP
	   and RC_PERM as in db.h. */
	enum rc (*start)(struct db *db, const char *sql, struct db_row **out,
	    struct err *err);
	void (*bind_text)(struct db_row *row, int i, const char *text);
	void (*bind_integer)(struct db_row *row, int i, int64_t value);
	enum rc (*next)(struct db_row *row, struct err *err);
	char *(*text)(struct db_row *row, int column, struct arena *a);
	int64_t (*integer)(struct db_row *row, int column);
	/* Rows that INSERT, UPDATE or DELETE met. */
	int64_t (*changed)(struct db_row *row);
	void (*end)(struct db_row *row);
};

/* As db_begin, for store_add: without a turn as the writer. */
enum rc db_begin_adding(struct db *db, struct err *err);

/* What driver->now says. */
enum rc db_now(struct db *db, int64_t *out, struct err *err);

extern const struct db_driver db_sqlite;
extern const struct db_driver db_mariadb;
