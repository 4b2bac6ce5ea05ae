/* SPDX-License-Identifier: MIT */
/*
 * signing_folder - reads the files of one folder of keys, and lists folders.
 * Seen by lib/program only.
 */
#pragma once

#include "program/signing_keys.h"

/* The names in it that do not begin with a dot, in no order.  RC_NONE: there is
   no such folder.  RC_TEMP: it cannot be read, or has more than `most`. */
enum rc signing_folder_list(struct arena *a, const char *path, size_t most,
    const char *const **names, size_t *n, struct err *err);

/* Reads the keys in a folder of that domain.  What is wrong is in the trouble
   of the domain or of a file.  The keys are the caller's to free. */
void signing_folder_read(struct arena *a, const char *path, const char *name,
    struct signing_domain *out);
