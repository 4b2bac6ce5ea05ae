/* SPDX-License-Identifier: MIT */
/*
 * backup_copy - a copy of an SQLite store, made while programs use it, and the
 * files that are made on the way.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "program/settings.h"

#include <stdio.h>

/* The file of an SQLite store; NULL: it is none. */
const char *backup_store_file(const struct settings *s);

/* A file of that name that nobody else writes, empty, for its owner alone; what
   a run that was killed has left there is used again, what somebody else has
   made there is not. */
enum rc backup_fresh_file(const char *path, int *out, struct err *err);

/* Copies the store; `to` is whole, for the owner of the store alone, or not
   there. */
enum rc backup_copy_store(struct arena *a, const char *store, const char *to,
    struct err *err);

/* A copy that has no name any more.  While programs use the store they send
   what waits in it, so that the copy must not.  beside: what it is called while
   it is made; NULL: that is in a folder of its own, see backup_large_folder. */
enum rc backup_open_copy(struct arena *a, const char *store, const char *beside,
    FILE **out, struct err *err);
