/* SPDX-License-Identifier: MIT */
#include "forwarding/forwards_cache.h"

#include "base/clock.h"
#include "base/memory.h"
#include "forwarding/domains.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>

/* With so many shards threads seldom meet at one lock. */
#define SHARDS ((size_t)16)

/* One block of memory: this struct, then what `found` points to, then the
   key. */
struct entry {
	LIST_ENTRY(entry) in_bucket;
	TAILQ_ENTRY(entry) in_order;
	uint64_t hash;
	int64_t fresh_until, stale_until; /* of clock_coarse_ms */
	const char *key;
	size_t found_size;
	struct forwards found;
	_Alignas(max_align_t) char bytes[];
};

LIST_HEAD(bucket, entry);
TAILQ_HEAD(order, entry);

struct shard {
	pthread_mutex_t lock;
	struct bucket *buckets;
	struct order order; /* the entry used longest ago comes first */
	size_t n;
};

struct forwards_cache {
	struct store *store;
	int64_t fresh_ms, stale_ms;
	uint64_t seed;
	size_t most, n_buckets; /* of one shard; n_buckets a power of two */
	/* 0: the store answers; else it does not, and is asked again at that
	   time */
	_Atomic int64_t ask_at;
	struct shard shards[SHARDS];
};

enum age {
	UNKNOWN,
	STALE,
	FRESH,
};

struct forwards_cache *
forwards_cache_new(struct store *store,
    const struct forwards_settings *settings, size_t addresses)
{
	struct forwards_cache *cache = memory_zeroed(1, sizeof(*cache));

	cache->store = store;
	cache->fresh_ms = settings->cache_ms;
	cache->stale_ms = settings->stale_ms;
	cache->most = addresses / SHARDS + 1;
	cache->n_buckets = 1;
	while (cache->n_buckets < cache->most)
		cache->n_buckets *= 2;
	/* A secret start of the hash: strangers cannot make collide what they
	   cannot foresee. */
	if (getrandom(&cache->seed, sizeof(cache->seed), 0) < 0)
		cache->seed = (uintptr_t)cache;
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *s = &cache->shards[i];

		pthread_mutex_init(&s->lock, NULL);
		s->buckets =
		    memory_zeroed(cache->n_buckets, sizeof(*s->buckets));
		TAILQ_INIT(&s->order);
	}
	return cache;
}

static void
cached_drop(struct shard *s, struct entry *e)
{
	LIST_REMOVE(e, in_bucket);
	TAILQ_REMOVE(&s->order, e, in_order);
	s->n--;
	free(e);
}

void
forwards_cache_free(struct forwards_cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *s = &cache->shards[i];

		while (!TAILQ_EMPTY(&s->order))
			cached_drop(s, TAILQ_FIRST(&s->order));
		free(s->buckets);
		pthread_mutex_destroy(&s->lock);
	}
	free(cache);
}

/* FNV-1a with a secret start.  Its bits are mixed, as both ends are used. */
static uint64_t
cached_key_hash(const struct forwards_cache *cache, const char *key)
{
	uint64_t hash = cache->seed;

	for (; *key != '\0'; key++)
		hash = (hash ^ (unsigned char)*key) * 0x100000001b3;
	hash ^= hash >> 32;
	hash *= 0x9e3779b97f4a7c15;
	return hash ^ hash >> 29;
}

static struct shard *
cached_shard_of(struct forwards_cache *cache, uint64_t hash)
{
	return &cache->shards[hash % SHARDS];
}

static struct bucket *
cached_bucket_of(const struct forwards_cache *cache, struct shard *s,
    uint64_t hash)
{
	return &s->buckets[hash >> 32 & (cache->n_buckets - 1)];
}

static struct entry *
cached_find(struct bucket *b, uint64_t hash, const char *key)
{
	struct entry *e;

	LIST_FOREACH(e, b, in_bucket)
	if (e->hash == hash && strcmp(e->key, key) == 0)
		return e;
	return NULL;
}

static size_t
text_size(const char *text)
{
	return text == NULL ? 0 : strlen(text) + 1;
}

static size_t
forwards_size(const struct forwards *f)
{
	size_t size = 2 * f->n * sizeof(*f->targets) + text_size(f->account) +
		      text_size(f->note) + text_size(f->strategy) +
		      text_size(f->rules) + text_size(f->choices);

	for (size_t i = 0; i < f->n; i++)
		size += text_size(f->targets[i]) + text_size(f->holders[i]);
	return size;
}

static const char *
put_text(char **room, const char *text)
{
	size_t size = text_size(text);

	if (text == NULL)
		return NULL;
	*room += size;
	return memcpy(*room - size, text, size);
}

/* Copies all that f points to into room, which has size_of(f) bytes. */
static struct forwards
copy_of(const struct forwards *f, void *room)
{
	const char **targets = room, **holders = targets + f->n;
	char *texts = (char *)(holders + f->n);
	struct forwards copy = {
	    .known = f->known, .source = f->source, .n = f->n};

	copy.account = put_text(&texts, f->account);
	copy.note = put_text(&texts, f->note);
	copy.strategy = put_text(&texts, f->strategy);
	copy.rules = put_text(&texts, f->rules);
	copy.choices = put_text(&texts, f->choices);
	for (size_t i = 0; i < f->n; i++) {
		targets[i] = put_text(&texts, f->targets[i]);
		holders[i] = put_text(&texts, f->holders[i]);
	}
	copy.targets = targets;
	copy.holders = holders;
	return copy;
}

static enum age
cached_get(struct forwards_cache *cache, struct arena *a, const char *key,
    int64_t now, struct forwards *out)
{
	uint64_t hash = cached_key_hash(cache, key);
	struct shard *s = cached_shard_of(cache, hash);
	enum age age = UNKNOWN;
	struct entry *e;

	pthread_mutex_lock(&s->lock);
	e = cached_find(cached_bucket_of(cache, s, hash), hash, key);
	if (e != NULL)
		age = now < e->fresh_until   ? FRESH
		      : now < e->stale_until ? STALE
					     : UNKNOWN;
	if (age != UNKNOWN) {
		TAILQ_REMOVE(&s->order, e, in_order);
		TAILQ_INSERT_TAIL(&s->order, e, in_order);
		*out = copy_of(&e->found, arena_take(a, e->found_size));
	}
	pthread_mutex_unlock(&s->lock);
	return age;
}

static struct entry *
entry_new(const struct forwards_cache *cache, const char *key, int64_t now,
    const struct forwards *found)
{
	size_t size = forwards_size(found);
	struct entry *e = memory_zeroed(1, sizeof(*e) + size + strlen(key) + 1);

	e->found_size = size;
	e->found = copy_of(found, e->bytes);
	e->key = strcpy(e->bytes + size, key);
	e->hash = cached_key_hash(cache, key);
	/* An account that was missing in a chain may be there the next
	   moment. */
	e->fresh_until = found->note == NULL ? now + cache->fresh_ms : now;
	e->stale_until = now + cache->stale_ms;
	return e;
}

/* Removes an address that was known and is no longer. */
static void
cached_remove(struct forwards_cache *cache, const char *key)
{
	uint64_t hash = cached_key_hash(cache, key);
	struct shard *s = cached_shard_of(cache, hash);
	struct entry *old;

	pthread_mutex_lock(&s->lock);
	if ((old = cached_find(cached_bucket_of(cache, s, hash), hash, key)) !=
	    NULL)
		cached_drop(s, old);
	pthread_mutex_unlock(&s->lock);
}

static void
cached_put(struct forwards_cache *cache, const char *key, int64_t now,
    const struct forwards *found)
{
	struct entry *e = entry_new(cache, key, now, found);
	struct shard *s = cached_shard_of(cache, e->hash);
	struct bucket *b = cached_bucket_of(cache, s, e->hash);
	struct entry *old;

	pthread_mutex_lock(&s->lock);
	if ((old = cached_find(b, e->hash, key)) != NULL)
		cached_drop(s, old);
	LIST_INSERT_HEAD(b, e, in_bucket);
	TAILQ_INSERT_TAIL(&s->order, e, in_order);
	if (++s->n > cache->most)
		cached_drop(s, TAILQ_FIRST(&s->order));
	pthread_mutex_unlock(&s->lock);
}

/* True: this request may ask the store, on behalf of the others, while the
   store is down. */
static bool
may_ask(struct forwards_cache *cache, int64_t now)
{
	int64_t at = atomic_load(&cache->ask_at);

	return at == 0 ||
	       (now >= at && atomic_compare_exchange_strong(&cache->ask_at, &at,
				 now + FORWARDS_CACHE_RETRY_MS));
}

/* Postfix asks about the targets next. */
static void
lead_to_targets(const struct forwards_settings *settings, struct arena *a,
    const struct forwards *found)
{
	struct address target;

	for (size_t i = 0; i < found->n; i++)
		if (address_read(a, found->targets[i], &target, NULL) == RC_OK)
			domains_led_to(settings, target.domain);
}

static enum rc
find_and_cache(struct forwards_cache *cache,
    const struct forwards_settings *settings, struct arena *a,
    const struct address *address, struct forwards *out, struct err *err)
{
	int64_t now = clock_coarse_ms();
	enum rc rc =
	    forwards_find(cache->store, settings, a, address, out, err);

	if (rc == RC_OK) {
		if (out->known == FORWARDS_FOUND)
			cached_put(cache, address_key(a, address), now, out);
		else
			cached_remove(cache, address_key(a, address));
		/* Of what is not ours, the store may not have been asked. */
		if (out->known != FORWARDS_NOT_OURS)
			atomic_store(&cache->ask_at, 0);
	} else if (out->store_down) {
		atomic_store(&cache->ask_at,
		    clock_coarse_ms() + FORWARDS_CACHE_RETRY_MS);
	}
	return rc;
}

enum rc
forwards_cache_find(struct forwards_cache *cache,
    const struct forwards_settings *settings, struct arena *a,
    const struct address *address, struct forwards *out, struct err *err)
{
	int64_t now = clock_coarse_ms();
	struct forwards known;
	struct err why = {"the store was down a moment ago"};
	enum age age;
	enum rc rc;

	if (address->domain == NULL ||
	    forwards_bounce_id(settings, a, address) != NULL)
		return forwards_find(cache->store, settings, a, address, out,
		    err);
	age = cached_get(cache, a, address_key(a, address), now, &known);
	known.cached = true;
	if (age == FRESH) {
		*out = known;
		return RC_OK;
	}
	if (age == UNKNOWN)
		return find_and_cache(cache, settings, a, address, out, err);
	if (may_ask(cache, now)) {
		rc = find_and_cache(cache, settings, a, address, out, &why);
		if (rc != RC_TEMP ||
		    !(out->store_down || out->directory_down)) {
			if (err != NULL)
				*err = why;
			return rc;
		}
	}
	*out = known;
	lead_to_targets(settings, a, out);
	out->trouble = arena_printf(a, "%s; answered from the cache", why.text);
	return RC_OK;
}
