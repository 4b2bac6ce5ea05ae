/* SPDX-License-Identifier: MIT */
/*
 * sqlite_database - what becomes a connection to SQLite.  Seen by lib/store
 * only.
 */
#pragma once

#include "store/db.h"

/* Makes an empty file for a database, of the owner of its folder, unless it is
   there.  path is absolute.  RC_TEMP: it cannot be made. */
enum rc sqlite_make_file(const char *path, struct err *err);

/* A connection to a database of its own, see spool.h. */
enum rc sqlite_open_private(struct db **out, struct err *err);
