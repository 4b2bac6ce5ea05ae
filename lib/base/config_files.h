/* SPDX-License-Identifier: MIT */
/*
 * config_files - of which files a configuration is made.
 *
 * A key of the table that has `includes` set is a list of patterns for names,
 * such as "conf.d/?*.conf": relative to the folder of the file, with *, ? and
 * [...] of fnmatch(3) in the last part only, and with an ending.  config_open
 * reads the files of each pattern in the order of the bytes of their names,
 * each one once, behind the file that it was told.  Names that begin with a dot
 * are passed over.  A pattern may match nothing; a name without *, ? and [ must
 * be there; who includes may not be included.
 *
 * What a later file says of a key, it says in place of what an earlier one did,
 * a list as a whole; sections are put together from the keys of all files.
 */
#pragma once

#include "base/config.h"

/* Where the key is set, or with NULL for the key, where the section begins, as
   errors say it: "FILE:LINE"; only the first file, if no file says it.  In a,
   or in the config. */
const char *config_where(const struct config *c, struct arena *a,
    const char *section, const char *title, const char *key);

/* The files that were read, the first of them the one that was named. */
struct config_list config_files(const struct config *c);
/* What keys of that type, CONFIG_FILE or CONFIG_FOLDER, name in all sections,
   by default too; none is "".  In a. */
struct config_list config_paths(const struct config *c, struct arena *a,
    enum config_type type);
/* What lies in the folders of the patterns and was not read. */
struct config_list config_passed_over(const struct config *c);
