/* SPDX-License-Identifier: MIT */
/*
 * sqlite_copy - a database of SQLite as one file, while programs use it.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>

/* Writes what was committed when it begins to the file `to`, which must be
   empty and stays as it is on an error, or half written.  Nobody waits for
   it. */
enum rc sqlite_copy_write(const char *path, const char *to, struct err *err);

/* Mail that waits in a copy will not be sent from it: it counts as failed, and
   `why` is its error. */
enum rc sqlite_copy_stop_mail(const char *path, const char *why,
    struct err *err);

/* Makes a copy ready to be used, in the mode in which programs want it, without
   side files.  RC_PERM: it is damaged, no store of ours, or one of a newer
   version. */
enum rc sqlite_copy_ready(const char *path, struct err *err);

/* Does another process have the database open? */
bool sqlite_copy_in_use(const char *path);

/* Writes the -wal into the database, so that the file alone is all of it. */
enum rc sqlite_copy_settle(const char *path, struct err *err);
