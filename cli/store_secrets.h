/* SPDX-License-Identifier: MIT */
/*
 * store_secrets - makes the files of secrets that are not there yet, each for
 * who needs it, and says which it has made.
 */
#pragma once

#include "program/settings.h"

#include <sys/types.h>

/* store_file: of an SQLite store, whose owner the programs are; or NULL. */
enum rc store_secrets_make(const struct settings *s, const char *store_file,
    struct err *err);

/* The group of the programs' user, who may read what root has made: as
   sysusers.d makes him, or whoever has the store, if it is a file. */
gid_t store_secrets_group(const struct settings *s);

/* That of approvals alone, for whoever runs this. */
enum rc store_secrets_make_approvals(const struct settings *s, struct err *err);

/* What `postward store init` does without options; the exit status. */
struct invocation;
int store_make(struct invocation *in);
