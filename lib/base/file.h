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

/* The error text for a file in UTF-16 (unicode_is_wide). */
extern const char file_is_wide[];

/* Reads the whole file without its byte order mark, and adds a NUL.  The caller
   must look for NULs inside.  If the file is longer than `most`, *len is more
   than `most`. st (what fstat says of it) may be NULL.  RC_NONE: there is no
   such file.  RC_TEMP: it cannot be read, is a folder, or is being written.
   RC_PERM: it is in UTF-16.  The error begins with the path. */
enum rc file_read(struct arena *a, const char *path, size_t most, char **out,
    size_t *len, struct stat *st, struct err *err);
