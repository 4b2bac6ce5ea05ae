/* SPDX-License-Identifier: MIT */
/*
 * forwards_cache - keeps what forwards_find has found for a while, so that
 * known members get their mail while the store is down.
 *
 * For cache_ms a kept answer is given without asking the store, and for
 * stale_ms if the store cannot be asked.  "No such account", "no target" and
 * "put off" are never kept: nobody is refused on old news.  A target that
 * another program such as postward(1) has changed counts once cache_ms are
 * over.
 *
 * Where the bounces of one mail of ours go (forwards_bounce_id) is not kept.
 * Somebody asks for it once or twice, and the entry would push a member out;
 * and the bounce must be noted in the store, so that it has to wait for the
 * store anyway.
 *
 * The cache is shared by threads, and bounded: the entry that was used longest
 * ago makes room.
 */
#pragma once

#include "forwarding/forwards.h"

/* While the store is down, one request in this time tries it; the others get
   their stale answer without waiting for the store's time-out. */
#define FORWARDS_CACHE_RETRY_MS ((int64_t)1000)

struct forwards_cache;

/* The store must outlive the cache, which keeps at most so many addresses. */
struct forwards_cache *forwards_cache_new(struct store *store,
    const struct forwards_settings *settings, size_t addresses);
void forwards_cache_free(struct forwards_cache *cache);

/* As forwards_find.  settings must be those of forwards_cache_new, or equal
   ones. */
enum rc forwards_cache_find(struct forwards_cache *cache,
    const struct forwards_settings *settings, struct arena *a,
    const struct address *address, struct forwards *out, struct err *err);
