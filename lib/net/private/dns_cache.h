/* SPDX-License-Identifier: MIT */
/*
 * dns_cache - answers kept for as long as they allow, shared by threads.
 *
 * The cache is bounded in number and in bytes.  It allocates all its memory at
 * the start and never grows.  It keeps two generations: new and re-used answers
 * go to the young one.  When that is full, the old one, whose answers nobody
 * used since the last swap, is cleared, and the two swap.
 *
 * The caller passes in the time of clock_ms, so that many questions need only
 * one call of clock_ms.
 */
#pragma once

#include "net/private/dns_answer.h"
#include "net/private/dns_key.h"

struct dns_cache;

/* The whole cache keeps at most that many answers, which is at least 2, in at
   most that many bytes. */
struct dns_cache *dns_cache_new(size_t answers, size_t bytes);
void dns_cache_free(struct dns_cache *cache);

/* Copies the answer into the arena.  False: the cache has no answer, or one
   whose time to live is over. */
bool dns_cache_get(struct dns_cache *cache, struct arena *a,
    const struct dns_key *key, int64_t now, struct dns_answer *out);

/* Tells the processor that dns_cache_get will be called with these keys; those
   with the type 0 are none.  The cache is larger than what processors keep near
   them, and what is fetched for all keys at once is waited for once.  It says
   nothing of what is there. */
void dns_cache_expect(const struct dns_cache *cache, const struct dns_key *keys,
    size_t n);

/* Keeps a copy of the answer until answer->until, or, where that is 0, for
   answer->ttl seconds from now on, in place of an older answer to the same
   question. */
void dns_cache_put(struct dns_cache *cache, const struct dns_key *key,
    int64_t now, const struct dns_answer *answer);
