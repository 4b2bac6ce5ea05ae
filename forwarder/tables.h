/* SPDX-License-Identifier: MIT */
/*
 * tables - the tables that the forwarder serves, by name.
 */
#pragma once

#include "program/snapshot.h"

/* RC_OK: *value is what the key stands for.  RC_NONE: it is not in the table,
   or there is no such table (RC_PERM).  RC_TEMP: nobody knows; err says why.
   *note as in struct forwards. */
enum rc tables_look_up(struct snapshot *snapshot, struct arena *a,
    const char *table, const char *key, const char **value, const char **note,
    struct err *err);
