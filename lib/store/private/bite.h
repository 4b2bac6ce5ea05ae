/* SPDX-License-Identifier: MIT */
/*
 * bite - what is too much for one transaction is removed in parts, so that
 * clean-up costs the same however much there is, and nobody waits long for the
 * writer.  Seen by lib/store only.
 *
 * A bite is all rows up to a time, so that it needs an index of that time and
 * nothing else; rows of the same second go together.  MariaDB would read the
 * whole table for a DELETE of those that a subquery names.
 */
#pragma once

#include "store/db.h"

/* About so many rows a statement removes or changes. */
#define BITE_ROWS "1000"
/* The same for one that somebody waits for. */
#define BITE_ROWS_FEW "100"

/* A query in SQL: the time up to which a bite goes; no row, if there is nothing
   to bite. */
#define BITE_END(time, table, where, rows)                                     \
	"SELECT MAX(" time ") FROM (SELECT " time " FROM " table               \
	" WHERE " where " ORDER BY " time " LIMIT " rows                       \
	") AS bite HAVING COUNT(*) > 0"

/* Removes a bite: find is a BITE_END whose ?1 is `before`, and remove deletes
   the rows up to ?1.  RC_NONE: there was none. */
enum rc bite(struct db *db, const char *find, const char *remove,
    int64_t before, struct err *err);
