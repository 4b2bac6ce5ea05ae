/* SPDX-License-Identifier: MIT */
/*
 * forwarder_table - asks the forwarder that runs, as Postfix does (socketmap).
 */
#pragma once

#include "program/settings.h"

/* Has the table that key?  RC_TEMP: nobody answers, or not now; err says why.
   Waits for a few seconds at most. */
enum rc forwarder_table_has(struct arena *a, const struct settings *settings,
    const char *table, const char *key, struct err *err);
