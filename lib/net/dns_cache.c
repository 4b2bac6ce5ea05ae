/* SPDX-License-Identifier: MIT */
#include "net/private/dns_cache.h"

#include "base/memory.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* With so many shards threads seldom meet at one lock.  A smaller cache has
   fewer of them, so that every shard has room for the largest answers. */
#define SHARDS_MAX        ((size_t)64)
#define ANSWERS_PER_SHARD ((size_t)512)

#define ALIGNMENT _Alignof(struct entry)

/* The place of an entry in its half, in steps of ALIGNMENT.  No entry is at the
   very beginning. */
typedef uint32_t place;

/* One entry: this struct, then what the answer points to, then the name as in a
   key.  Most answers say that there is no such name, and are as small as
   this. */
struct entry {
	uint64_t hash;
	int64_t expires_ms;
	place next; /* the next older entry of the same bucket */
	uint32_t answer_size;
	uint16_t type, name_size;
	uint16_t n; /* records */
	uint8_t rc, resolver;
	bool no_such_name, authenticated;
	_Alignas(struct dns_record) char bytes[];
};

struct half {
	char *bytes;
	place *buckets;
	size_t used, answers;
};

struct shard {
	pthread_mutex_t lock;
	struct half young, old;
};

struct dns_cache {
	size_t n_shards;                 /* a power of two */
	size_t n_buckets;                /* of one half; a power of two */
	size_t most_answers, most_bytes; /* of one half */
	char *bytes;
	place *buckets;
	struct shard *shards;
};

static void
half_empty(const struct dns_cache *cache, struct half *h)
{
	memset(h->buckets, 0, cache->n_buckets * sizeof(*h->buckets));
	h->used = ALIGNMENT;
	h->answers = 0;
}

static struct half
half_new(const struct dns_cache *cache, size_t i)
{
	struct half h = {
	    .bytes = cache->bytes + i * cache->most_bytes,
	    .buckets = cache->buckets + i * cache->n_buckets,
	};

	half_empty(cache, &h);
	return h;
}

struct dns_cache *
dns_cache_new(size_t answers, size_t bytes)
{
	struct dns_cache *cache = memory_zeroed(1, sizeof(*cache));
	size_t halves;

	assert(answers >= 2);
	cache->n_shards = 1;
	while (cache->n_shards < SHARDS_MAX &&
	       cache->n_shards * ANSWERS_PER_SHARD < answers)
		cache->n_shards *= 2;
	halves = 2 * cache->n_shards;
	cache->most_answers = answers / halves;
	cache->most_bytes = bytes / halves / ALIGNMENT * ALIGNMENT;
	assert(cache->most_bytes > sizeof(struct entry));
	cache->n_buckets = 1;
	while (cache->n_buckets < cache->most_answers)
		cache->n_buckets *= 2;
	cache->bytes = memory_zeroed(halves, cache->most_bytes);
	cache->buckets =
	    memory_zeroed(halves * cache->n_buckets, sizeof(place));
	cache->shards = memory_zeroed(cache->n_shards, sizeof(struct shard));
	for (size_t i = 0; i < cache->n_shards; i++) {
		pthread_mutex_init(&cache->shards[i].lock, NULL);
		cache->shards[i].young = half_new(cache, 2 * i);
		cache->shards[i].old = half_new(cache, 2 * i + 1);
	}
	return cache;
}

void
dns_cache_free(struct dns_cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < cache->n_shards; i++)
		pthread_mutex_destroy(&cache->shards[i].lock);
	free(cache->shards);
	free(cache->buckets);
	free(cache->bytes);
	free(cache);
}

static struct shard *
dns_cache_shard_of(const struct dns_cache *cache, uint64_t hash)
{
	return &cache->shards[hash & (cache->n_shards - 1)];
}

static place *
dns_cache_bucket_of(const struct dns_cache *cache, const struct half *h,
    uint64_t hash)
{
	return &h->buckets[hash >> 32 & (cache->n_buckets - 1)];
}

static struct entry *
half_at(const struct half *h, place p)
{
	return (struct entry *)(void *)(h->bytes + (size_t)p * ALIGNMENT);
}

static bool
entry_is(const struct entry *e, const struct dns_key *key)
{
	return e->hash == key->hash && e->type == key->type &&
	       e->resolver == key->resolver && e->name_size == key->size &&
	       memcmp(e->bytes + e->answer_size, key->name, key->size) == 0;
}

static struct entry *
half_find(const struct dns_cache *cache, const struct half *h,
    const struct dns_key *key)
{
	place p = *dns_cache_bucket_of(cache, h, key->hash);

	while (p != 0 && !entry_is(half_at(h, p), key))
		p = half_at(h, p)->next;
	return p == 0 ? NULL : half_at(h, p);
}

/* An entry for a failure holds a text, one for an answer its records. */
static struct dns_answer
answer_of(const struct entry *e)
{
	const void *bytes = e->bytes;
	bool has_problem = e->n == 0 && e->answer_size > 0;

	return (struct dns_answer){
	    .rc = e->rc,
	    .no_such_name = e->no_such_name,
	    .authenticated = e->authenticated,
	    .problem = has_problem ? bytes : NULL,
	    .records = e->n > 0 ? bytes : NULL,
	    .n = e->n,
	};
}

static size_t
entry_size(const struct dns_key *key, size_t answer_size)
{
	size_t size = sizeof(struct entry) + answer_size + key->size;

	return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static bool
half_has_room(const struct dns_cache *cache, const struct half *h, size_t size)
{
	return h->answers < cache->most_answers &&
	       size <= cache->most_bytes - h->used;
}

static void
set_answer(struct entry *e, const struct dns_answer *answer, int64_t expires_ms)
{
	e->expires_ms = expires_ms;
	e->n = (uint16_t)answer->n;
	e->rc = (uint8_t)answer->rc;
	e->no_such_name = answer->no_such_name;
	e->authenticated = answer->authenticated;
	dns_answer_copy(answer, e->bytes);
}

/* There is room.  An older answer to the same name stays behind the new one,
   unseen. */
static void
half_add(const struct dns_cache *cache, struct half *h,
    const struct dns_key *key, const struct dns_answer *answer,
    size_t answer_size, int64_t expires_ms)
{
	place *bucket = dns_cache_bucket_of(cache, h, key->hash);
	place p = (place)(h->used / ALIGNMENT);
	struct entry *e = half_at(h, p);

	e->hash = key->hash;
	e->next = *bucket;
	e->answer_size = (uint32_t)answer_size;
	e->type = (uint16_t)key->type;
	e->resolver = key->resolver;
	e->name_size = (uint16_t)key->size;
	set_answer(e, answer, expires_ms);
	memcpy(e->bytes + answer_size, key->name, key->size);
	*bucket = p;
	h->used += entry_size(key, answer_size);
	h->answers++;
}

/* The entry was used: a copy in the young half outlives it. */
static void
rejuvenate_entry(const struct dns_cache *cache, struct shard *s,
    const struct dns_key *key, const struct entry *e)
{
	struct dns_answer answer = answer_of(e);

	if (half_has_room(cache, &s->young, entry_size(key, e->answer_size)))
		half_add(cache, &s->young, key, &answer, e->answer_size,
		    e->expires_ms);
}

static void
swap_halves(const struct dns_cache *cache, struct shard *s)
{
	struct half young = s->young;

	s->young = s->old;
	s->old = young;
	half_empty(cache, &s->young);
}

/* What is read here without the lock may be old, and is only a hint. */
#define HINT __attribute__((no_sanitize("thread")))

/* Each half has a place of its own, be it young or old now. */
HINT static void
expect_half(const struct dns_cache *cache, const struct dns_key *key,
    size_t half, bool near)
{
	const place *bucket = cache->buckets + half * cache->n_buckets +
			      (key->hash >> 32 & (cache->n_buckets - 1));
	const char *bytes = cache->bytes + half * cache->most_bytes;
	place p;

	if (!near) {
		__builtin_prefetch(bucket);
		return;
	}
	p = __atomic_load_n(bucket, __ATOMIC_RELAXED);
	if (p == 0)
		return;
	bytes += (size_t)p * ALIGNMENT;
	__builtin_prefetch(bytes);
	__builtin_prefetch(bytes + 64);
}

void
dns_cache_expect(const struct dns_cache *cache, const struct dns_key *keys,
    size_t n)
{
	for (int near = 0; near <= 1; near++)
		for (size_t i = 0; i < n; i++) {
			size_t shard = keys[i].hash & (cache->n_shards - 1);

			if (keys[i].type == 0)
				continue;
			expect_half(cache, &keys[i], 2 * shard, near);
			expect_half(cache, &keys[i], 2 * shard + 1, near);
		}
}

bool
dns_cache_get(struct dns_cache *cache, struct arena *a,
    const struct dns_key *key, int64_t now, struct dns_answer *out)
{
	struct shard *s = dns_cache_shard_of(cache, key->hash);
	const struct entry *e;
	bool old, fresh;

	pthread_mutex_lock(&s->lock);
	e = half_find(cache, &s->young, key);
	old = e == NULL;
	if (old)
		e = half_find(cache, &s->old, key);
	fresh = e != NULL && e->expires_ms > now;
	if (fresh) {
		struct dns_answer known = answer_of(e);

		*out = e->answer_size == 0 /* as most are */
			   ? known
			   : dns_answer_copy(&known,
				 arena_take(a, e->answer_size));
		out->until = e->expires_ms;
		if (old)
			rejuvenate_entry(cache, s, key, e);
	}
	pthread_mutex_unlock(&s->lock);
	return fresh;
}

void
dns_cache_put(struct dns_cache *cache, const struct dns_key *key, int64_t now,
    const struct dns_answer *answer)
{
	struct shard *s = dns_cache_shard_of(cache, key->hash);
	size_t answer_size = dns_answer_size(answer);
	size_t size = entry_size(key, answer_size);
	int64_t expires_ms = answer->until != 0
				 ? answer->until
				 : now + (int64_t)answer->ttl * 1000;
	struct entry *e;

	if (expires_ms <= now || size > cache->most_bytes - ALIGNMENT)
		return;
	pthread_mutex_lock(&s->lock);
	e = half_find(cache, &s->young, key);
	if (e != NULL && e->answer_size == answer_size) {
		set_answer(e, answer, expires_ms);
	} else {
		if (!half_has_room(cache, &s->young, size))
			swap_halves(cache, s);
		half_add(cache, &s->young, key, answer, answer_size,
		    expires_ms);
	}
	pthread_mutex_unlock(&s->lock);
}
