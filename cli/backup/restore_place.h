/* SPDX-License-Identifier: MIT */
/*
 * restore_place - the place of a restored file, and what stands there.
 */
#pragma once

#include "backup_read.h"

/* Is that file a database of SQLite? */
bool restore_is_sqlite(FILE *from, const struct backup_member *member);

/* Does the file that stands there say what the backup does, as after a restore
   that was ended before it was through?  A database with changes beside it does
   not. */
bool restore_is_there(FILE *from, const struct backup_member *member,
    const char *path);

/* What stands there, and with a database what lies beside it, gets another
   name, path.before-TIME; it is never gone, and the database never alone. */
enum rc restore_put_aside(struct arena *a, const char *path, bool sqlite,
    int64_t now, struct err *err);
