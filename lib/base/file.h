/* SPDX-License-Identifier: MIT */
/*
 * file - a small file of text as a whole, such as a configuration or a secret.
 *
 * Half of a file is worse than none: a file that somebody is writing is read
 * again until it has been left alone for a moment, for a second at most.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <sys/stat.h>

/* What is said of a file in UTF-16 (unicode_is_wide), wherever it is read. */
extern const char file_is_wide[];

/* All of it but a byte order mark, with a NUL after it; NULs in it are for the
   caller to find.  *len is more than `most` if the file is longer than that.
   st (what fstat says of it) may be NULL.  RC_NONE: there is no such file.
   RC_TEMP: it cannot be read, is a folder, or is being written.  RC_PERM: it
   is in UTF-16.  The error begins with the path. */
enum rc file_read(struct arena *a, const char *path, size_t most, char **out,
    size_t *len, struct stat *st, struct err *err);
