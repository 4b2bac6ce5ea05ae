/* SPDX-License-Identifier: MIT */
/*
 * forwards_cache - what forwards_find has found, kept for a while, so that
 * known members have their mail while the store is down.
 *
 * What was found is the answer for fresh_ms without the store being asked, and
 * for stale_ms if it cannot be.  That there is no account, or no target, is
 * never remembered: nobody is refused on old news.  Another target, set by
 * another program such as postward(1), counts when this time is over.
 *
 * Where the bounces of one mail of ours go (forwards_bounce_id) is not kept:
 * it is asked for once or twice, and would push a member out; and a bounce has
 * to be noted in the store, so that without it it must wait.
 *
 * Shared by threads, and bounded: what was used longest ago makes room.
 */
#pragma once

#include "forwarding/forwards.h"

/* While the store is down, one request in this time asks for it; the others
   that know a stale answer do not wait for its time-out. */
#define FORWARDS_CACHE_RETRY_MS ((int64_t)1000)

struct forwards_cache;

/* The store must live longer.  addresses: at most so many are kept. */
struct forwards_cache *forwards_cache_new(struct store *store,
    const struct forwards_settings *settings, size_t addresses);
void forwards_cache_free(struct forwards_cache *cache);

/* As forwards_find, with the settings of forwards_cache_new, which must live
   as long or be replaced by equal ones. */
enum rc forwards_cache_find(struct forwards_cache *cache,
    const struct forwards_settings *settings, struct arena *a,
    const struct address *address, struct forwards *out, struct err *err);
