/* SPDX-License-Identifier: MIT */
/*
 * spool - a database of one connection's own, for what may be larger than the
 * memory and is of no use afterwards: rows are kept, sorted and read again.
 *
 * It is in files without a name, in $TMPDIR, else in /var/tmp, else in /tmp;
 * while it is small, in memory alone.  A full disk is RC_TEMP, as every trouble
 * of a database; then the spool is of no use any more.
 */
#pragma once

#include "store/db.h"

/* Makes the tables.  sql: their CREATE TABLE, as many as wanted, each with a
   semicolon behind it.  The connection is asked by db_start, db_run and the
   like, without transactions. */
enum rc spool_open(const char *sql, struct db **out, struct err *err);
/* NULL is allowed. */
void spool_close(struct db *spool);
