/* SPDX-License-Identifier: MIT */
/*
 * decision_cleaner - removes what was kept of decisions for long enough, and
 * what is too much: in small bites, so that nobody waits for long who wants to
 * write in between.
 *
 * A row from more than a day ahead is a clock's mistake that was mended since.
 * Without this it would stay for as long as the clock was wrong.
 */
#pragma once

#include "program/settings.h"

/* Rows of one bite. */
#define DECISION_BITE 200

/* Removes some rows that are older than keep_ms, or too many in 24 hours, of
   which the youngest go, or from the future; any, if keep_ms is 0.  now: of
   store_now.  RC_NONE: there was none. */
enum rc decision_cleaner_bite(struct store *store,
    const struct decisions_settings *settings, int64_t now, struct err *err);
