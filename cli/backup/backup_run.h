/* SPDX-License-Identifier: MIT */
/*
 * backup_run - what the commands about backups share.
 */
#pragma once

#include "command.h"

/* The file of an SQLite store; NULL: it is none. */
const char *backup_store_file(const struct settings *s);

/* Copies the store while programs use it; `to` is whole, for the owner of the
   store alone, or not there. */
enum rc backup_copy_store(struct arena *a, const char *store, const char *to,
    struct err *err);
