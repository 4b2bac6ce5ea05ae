/* SPDX-License-Identifier: MIT */
/*
 * greylist_cleaner - removes what greylisting has noted for long enough, and,
 * if the table has more rows than it should, those who have not passed: in
 * small bites, so that nobody waits for long who wants to write in between.
 */
#pragma once

#include "policy/greylist.h"

/* Rows of one bite. */
#define GREYLIST_BITE 1000

/* Counts the rows, for all who ask (GREYLIST_COUNT).  *excess becomes how many
   are to go, 0 or a tenth of all at least, so that it is not done for a few.
   now: of store_now. */
enum rc greylist_cleaner_count(struct store *store,
    const struct greylist_settings *settings, int64_t now, int64_t *excess,
    struct err *err);

/* Removes some rows, and takes them off the excess.  RC_NONE: there was
   nothing to remove. */
enum rc greylist_cleaner_bite(struct store *store, int64_t now, int64_t *excess,
    struct err *err);
