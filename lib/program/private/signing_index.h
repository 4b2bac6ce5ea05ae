/* SPDX-License-Identifier: MIT */
/*
 * signing_index - which of very many domains have a folder of keys, in 8 bytes
 * each: a hash of the name with a secret key.  Seen by lib/program only.
 *
 * It never changes, and is shared by the snapshots between which the folder
 * did not.
 */
#pragma once

#include "program/signing_keys.h"

struct signing_index;

/* Reads the names of the folders.  With an old one, which may be NULL, whose
   folder is the same and did not change since, it is that one.  Errors are
   those of signing_folder_list. */
enum rc signing_index_open(const char *folder, struct signing_index *old,
    struct signing_index **out, struct err *err);

/* By each that has got it; NULL is none. */
void signing_index_close(struct signing_index *index);

/* How many folders there are. */
size_t signing_index_size(const struct signing_index *index);

/* domain, as domain_read gives it, has a folder. */
bool signing_index_has(const struct signing_index *index, const char *domain);

/* Reads the keys of a domain that has one. */
void signing_index_read(const struct signing_index *index, struct arena *a,
    const char *domain, struct signing_domain *out);

/* Calls say with what has the name of no domain; at most 100 of them. */
void signing_index_strays(const struct signing_index *index,
    signing_say_fn *say);

/* How many folders of `old` are not in next, which was opened with old or one
   that was, or among those n domains. */
size_t signing_index_lost(const struct signing_index *old,
    const struct signing_index *next, const struct signing_domain *domains,
    size_t n);
