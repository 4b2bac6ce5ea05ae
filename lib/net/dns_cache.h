/* SPDX-License-Identifier: MIT */
/*
 * dns_cache - answers kept for as long as they allow, shared by threads.
 *
 * Bounded in number and in bytes, in memory that is its own from the start:
 * however answers come and go, it does not grow.  New answers and those that
 * are used fill one half; when it is full, what is in the other half makes
 * room: it was not used since that one was full.
 *
 * Time is clock_ms's, passed in so that many questions cost one look at the
 * clock.
 */
#pragma once

#include "net/dns_answer.h"
#include "net/dns_key.h"

struct dns_cache;

/* The bounds are for the whole cache.  answers is at least 2. */
struct dns_cache *dns_cache_new(size_t answers, size_t bytes);
void dns_cache_free(struct dns_cache *cache);

/* A copy of the answer in the arena, if there is one that is fresh. */
bool dns_cache_get(struct dns_cache *cache, struct arena *a,
    const struct dns_key *key, int64_t now, struct dns_answer *out);

/* Keeps a copy for answer->ttl seconds, in place of what was known. */
void dns_cache_put(struct dns_cache *cache, const struct dns_key *key,
    int64_t now, const struct dns_answer *answer);
