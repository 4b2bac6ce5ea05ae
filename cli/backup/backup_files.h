/* SPDX-License-Identifier: MIT */
/*
 * backup_files - which files of a site are its own: those of the configuration,
 * and what a key of it names that is a file or folder.  The store is not among
 * them.
 */
#pragma once

#include "program/settings.h"

struct backup_files {
	const char **paths; /* absolute, without //, . and .., each one once */
	size_t n;
};

/* The configuration comes first.  RC_TEMP: a folder cannot be read.  What is
   not there is passed over, as no site has all. */
enum rc backup_files_find(struct arena *a, const struct settings *s,
    struct backup_files *out, struct err *err);

/* A path as it is in the archive: absolute, without //, . and ..; NULL: there
   is no folder that it could be in. */
const char *backup_path(struct arena *a, const char *path);
