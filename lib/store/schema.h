/* SPDX-License-Identifier: MIT */
/*
 * schema - the tables, as numbered steps from an empty database to the newest
 * version.  Seen by lib/store only.
 */
#pragma once

#include "store/db.h"

/* RC_TEMP unless the tables are those this program was built for; err says
   what to run. */
enum rc schema_check(struct db *db, struct err *err);

/* Each version in a transaction of its own: one that fails leaves the version
   before it. */
enum rc schema_migrate(struct db *db, int *from, int *to, struct err *err);
