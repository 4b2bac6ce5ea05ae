/* SPDX-License-Identifier: MIT */
/*
 * stranger - what an administrator's sqlite3(1) may do to a store meanwhile.
 */
#pragma once

#include "store/temp_store.h"

#include <sqlite3.h>

static inline sqlite3 *
stranger(const struct temp_store *t, const char *sql)
{
	sqlite3 *handle;

	CHECK(sqlite3_open(t->path, &handle) == SQLITE_OK, t->path);
	CHECK(sqlite3_exec(handle, sql, NULL, NULL, NULL) == SQLITE_OK,
	    sqlite3_errmsg(handle));
	return handle;
}
