/* SPDX-License-Identifier: MIT */
/*
 * mariadb - what the files of db_mariadb.c have in common.  mariadb_call.c
 * stands below the others: it limits a call of the library and says what its
 * failure means.  mariadb_statement.c runs statements, mariadb_cluster.c asks
 * how a server stands with the others of its cluster, mariadb_connect.c reaches
 * a server and leaves it.
 */
#pragma once

#include "store/private/cut_off.h"
#include "store/private/db_driver.h"

#include <mysql.h>

struct mariadb_statement;

struct mariadb {
	struct db db;
	struct arena *arena;
	struct db_place *place;
	unsigned host; /* in the URL's list, modulo its length */
	unsigned code; /* of the last failure */
	bool galera;   /* a node of a cluster */
	bool in_step;  /* when it was reached: it knows what the others know */
	MYSQL *handle;
	struct mariadb_statement *statements;
};

/* Writes what the server or the library reports, and what an operator can
   do. */
enum rc mariadb_fail(struct mariadb *c, unsigned code, const char *words,
    struct err *err);

/* The same for the last error of the library. */
enum rc mariadb_fail_now(struct mariadb *c, struct err *err);

/* Begins a wait for the server.  It lasts no longer than the deadline of the
   thread and the time for a lock allow, however slowly bytes arrive. */
void mariadb_wait_begin(struct mariadb *c, struct cut_off *cut);
/* The same for an answer that may take longer (store_set_long_wait). */
void mariadb_wait_long_begin(struct mariadb *c, struct cut_off *cut);

enum rc mariadb_execute(struct db *db, const char *sql, struct err *err);

/* See db_driver.h. */
void mariadb_close(struct db *db);

/* A connection to some host of the place, one that is in step with the others
   of its cluster if there is one.  choose: uses the URL's database.  *code is
   that of the last failure.  The connection has no driver yet. */
enum rc mariadb_reach(struct db_place *place, bool choose, unsigned *code,
    struct db **out, struct err *err);

/* Sets galera and in_step.  RC_TEMP: it cannot be used. */
enum rc mariadb_meet_cluster(struct mariadb *c, struct err *err);
/* See db_driver.h. */
enum rc mariadb_confirm(struct db *db, bool again, struct err *err);

enum rc mariadb_start(struct db *db, const char *sql, struct db_row **out,
    struct err *err);
void mariadb_bind_text(struct db_row *row, int i, const char *text);
void mariadb_bind_integer(struct db_row *row, int i, int64_t value);
enum rc mariadb_next(struct db_row *row, struct err *err);
char *mariadb_text(struct db_row *row, int column, struct arena *a);
int64_t mariadb_integer(struct db_row *row, int column);
int64_t mariadb_changed(struct db_row *row);
void mariadb_end(struct db_row *row);
void mariadb_forget_statements(struct mariadb *c);
