/* SPDX-License-Identifier: MIT */
/*
 * config_include - which files a configuration includes.
 */
#pragma once

#include "base/private/config_value.h"

/* What is wrong with a pattern, as "expected ..."; NULL when nothing is. */
const char *config_include_wrong(const char *pattern);

/* Adds the files that a right pattern of the file `from` names to the list out,
   in their order, and to the list passed_over what else lies in the folder, of
   many names only some.  All are named with the folder, and are in a.  RC_TEMP:
   the folder cannot be read. */
enum rc config_include(struct arena *a, const char *from, const char *pattern,
    struct config_value *out, struct config_value *passed_over,
    struct err *err);
