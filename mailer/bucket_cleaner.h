/* SPDX-License-Identifier: MIT */
/*
 * bucket_cleaner - removes buckets of limits that are full again
 * (policy/rate.h), in small bites.
 */
#pragma once

#include "policy/rate.h"

#define BUCKET_BITE 1000

/* limits: all that there are.  now: of store_now.  RC_NONE: there was nothing
   to remove. */
enum rc bucket_cleaner_bite(struct store *store,
    const struct rate_limit limits[static RATES], int64_t now, struct err *err);
