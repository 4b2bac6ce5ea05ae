/* SPDX-License-Identifier: MIT */
/*
 * schema - the tables, as numbered steps from an empty database to the newest
 * version.  Seen by lib/store only.
 */
#pragma once

#include "store/db.h"

/* The statements of each version, version 1 first; NULL ends a version, and all
   of them.  They are written for SQLite and MariaDB alike, but those that begin
   with SCHEMA_SQLITE. */
#define SCHEMA_SQLITE "/* SQLite */ "
extern const char *const *const schema_versions[];

/* RC_TEMP: the tables have another version than this program needs; err says
   which command helps. */
enum rc schema_check(struct db *db, struct err *err);

/* The version that this program brings tables to. */
int schema_newest(void);

/* The version of the tables, 0 if there are none, and the newest. */
enum rc schema_version(struct db *db, int *out, int *newest, struct err *err);

/* Runs each step to a newer version in a transaction of its own: when a step
   fails, the tables stay at the version before it.  *from and *to are the
   versions before and after. */
enum rc schema_migrate(struct db *db, int *from, int *to, struct err *err);
