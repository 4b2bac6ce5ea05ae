/* SPDX-License-Identifier: MIT */
/*
 * signing_folder - reads the files of one folder of keys, and lists folders.
 * Seen by lib/program only.
 */
#pragma once

#include "program/signing_keys.h"

/* is_file: it is certainly no folder, but a file. */
typedef void signing_name_fn(void *context, const char *name, bool is_file);

/* Shows the names in it that do not begin with a dot, in no order.  As
   signing_folder_list; what was shown before trouble was is no more than a
   part. */
enum rc signing_folder_each(const char *path, size_t most,
    signing_name_fn *visit, void *context, struct err *err);

/* The names in it that do not begin with a dot, in no order.  RC_NONE: there is
   no such folder.  RC_TEMP: it cannot be read, or has more than `most`. */
enum rc signing_folder_list(struct arena *a, const char *path, size_t most,
    const char *const **names, size_t *n, struct err *err);

/* Reads the keys in a folder of that domain.  What is wrong is in the trouble
   of the domain or of a file.  The keys are the caller's to free. */
void signing_folder_read(struct arena *a, const char *path, const char *name,
    struct signing_domain *out);

/* Two folders of one domain, such as Example.org and example.org: adds the
   files of the second, which lose their order (signing_domain_sort). */
void signing_folder_merge(struct arena *a, struct signing_domain *d,
    const struct signing_domain *more);
