/* SPDX-License-Identifier: MIT */
/*
 * mariadb - what db_mariadb.c, the connections, and mariadb_statement.c have
 * in common.
 */
#pragma once

#include "store/db_driver.h"

#include <mysql.h>

struct mariadb_statement;

struct mariadb {
	struct db db;
	struct arena *arena;
	struct db_place *place;
	unsigned host; /* in the URL's list, modulo its length */
	unsigned code; /* of the last failure */
	MYSQL *handle;
	struct mariadb_statement *statements;
};

/* What the server, or the library, has against it; with what to do. */
enum rc mariadb_fail(struct mariadb *c, unsigned code, const char *words,
    struct err *err);

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
