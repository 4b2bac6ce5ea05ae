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

/* The first line of a file, which is a password: RC_TEMP if there is none, or
   if the file cannot be read; err then ends with the cure. */
enum rc file_read_password(struct arena *a, const char *path, const char *cure,
    char **out, struct err *err);

/* Whose a file is; user and group only matter when root makes it. */
struct file_owner {
	uid_t user;
	gid_t group;
	mode_t mode; /* whatever the umask is */
};

/* Writes the file anew, so that whoever reads it meanwhile, and after a crash,
   has all of the old or all of the new one.  RC_TEMP: it cannot be written, and
   the old one is still there. */
enum rc file_write(struct arena *a, const char *path, const char *text,
    size_t len, const struct file_owner *owner, struct err *err);

/* What was made, renamed or removed in the folder stays so after a crash. */
void file_sync_folder(const char *folder);

/* The folder of a path, in the arena: what stands before the last slash, "/"
   for what is in the root, "." for a path without a slash. */
const char *file_folder(struct arena *a, const char *path);
