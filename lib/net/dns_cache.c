/* SPDX-License-Identifier: MIT */
#include "net/dns_cache.h"

#include "base/memory.h"
#include "net/dns_key.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* With so many locks threads seldom meet at one.  A smaller cache has fewer
   of them, so that every shard has room for the largest answers. */
#define MOST_SHARDS       ((size_t)64)
#define ANSWERS_PER_SHARD ((size_t)256)

#define TOUCH_MS 1000

/* One block of memory: this, then what the answer points to, then the
   name. */
struct entry {
	LIST_ENTRY(entry) in_bucket;
	TAILQ_ENTRY(entry) in_order;
	uint64_t hash;
	int64_t expires_ms, used_ms;
	enum dns_type type;
	const char *name; /* lower case */
	size_t size, answer_size;
	struct dns_answer answer;
	_Alignas(max_align_t) char bytes[];
};

LIST_HEAD(bucket, entry);
TAILQ_HEAD(order, entry);

struct shard {
	pthread_mutex_t lock;
	struct bucket *buckets;
	struct order order; /* used longest ago comes first */
	size_t answers, bytes;
};

struct dns_cache {
	uint64_t seed;
	size_t n_shards;                 /* a power of two */
	size_t n_buckets;                /* of one shard; a power of two */
	size_t most_answers, most_bytes; /* of one shard */
	struct shard shards[MOST_SHARDS];
};

struct dns_cache *
dns_cache_new(size_t answers, size_t bytes)
{
	struct dns_cache *cache = memory_zeroed(1, sizeof(*cache));

	assert(answers > 0);
	cache->n_shards = 1;
	while (cache->n_shards < MOST_SHARDS &&
	       cache->n_shards * ANSWERS_PER_SHARD < answers)
		cache->n_shards *= 2;
	cache->most_answers = answers / cache->n_shards;
	cache->most_bytes = bytes / cache->n_shards;
	cache->n_buckets = 1;
	while (cache->n_buckets < cache->most_answers)
		cache->n_buckets *= 2;
	cache->seed = dns_key_seed();
	for (size_t i = 0; i < cache->n_shards; i++) {
		struct shard *s = &cache->shards[i];

		pthread_mutex_init(&s->lock, NULL);
		s->buckets =
		    memory_zeroed(cache->n_buckets, sizeof(*s->buckets));
		TAILQ_INIT(&s->order);
	}
	return cache;
}

static void
drop(struct shard *s, struct entry *e)
{
	LIST_REMOVE(e, in_bucket);
	TAILQ_REMOVE(&s->order, e, in_order);
	s->answers--;
	s->bytes -= e->size;
	free(e);
}

void
dns_cache_free(struct dns_cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < cache->n_shards; i++) {
		struct shard *s = &cache->shards[i];

		while (!TAILQ_EMPTY(&s->order))
			drop(s, TAILQ_FIRST(&s->order));
		free(s->buckets);
		pthread_mutex_destroy(&s->lock);
	}
	free(cache);
}

static struct shard *
shard_of(struct dns_cache *cache, uint64_t hash)
{
	return &cache->shards[hash & (cache->n_shards - 1)];
}

static struct bucket *
bucket_of(const struct dns_cache *cache, struct shard *s, uint64_t hash)
{
	return &s->buckets[hash >> 32 & (cache->n_buckets - 1)];
}

static struct entry *
find(struct bucket *b, uint64_t hash, const char *name, enum dns_type type)
{
	struct entry *e;

	LIST_FOREACH(e, b, in_bucket)
	if (e->hash == hash && e->type == type && dns_key_is(e->name, name))
		return e;
	return NULL;
}

/* To move an entry is to wait for the memory of its neighbours: what is used
   all the time is moved once a second. */
static void
touch(struct shard *s, struct entry *e, int64_t now)
{
	if (now - e->used_ms < TOUCH_MS)
		return;
	e->used_ms = now;
	TAILQ_REMOVE(&s->order, e, in_order);
	TAILQ_INSERT_TAIL(&s->order, e, in_order);
}

bool
dns_cache_get(struct dns_cache *cache, struct arena *a, const char *name,
    enum dns_type type, int64_t now, struct dns_answer *out)
{
	uint64_t hash = dns_key_hash(cache->seed, name, type);
	struct shard *s = shard_of(cache, hash);
	struct entry *e;
	bool fresh;

	pthread_mutex_lock(&s->lock);
	e = find(bucket_of(cache, s, hash), hash, name, type);
	fresh = e != NULL && e->expires_ms > now;
	if (fresh) {
		touch(s, e, now);
		*out =
		    dns_answer_copy(&e->answer, arena_take(a, e->answer_size));
	}
	pthread_mutex_unlock(&s->lock);
	return fresh;
}

static struct entry *
entry_new(const char *name, const struct dns_answer *answer, size_t most_bytes)
{
	size_t answer_size = dns_answer_size(answer);
	size_t size = sizeof(struct entry) + answer_size + strlen(name) + 1;
	struct entry *e;
	char *copy;

	if (size > most_bytes)
		return NULL;
	e = malloc(size);
	if (e == NULL)
		abort();
	copy = e->bytes + answer_size;
	*e = (struct entry){
	    .name = copy, .size = size, .answer_size = answer_size};
	e->answer = dns_answer_copy(answer, e->bytes);
	dns_key_copy(copy, name);
	return e;
}

void
dns_cache_put(struct dns_cache *cache, const char *name, enum dns_type type,
    int64_t now, const struct dns_answer *answer)
{
	uint64_t hash = dns_key_hash(cache->seed, name, type);
	struct shard *s = shard_of(cache, hash);
	struct bucket *b = bucket_of(cache, s, hash);
	struct entry *e, *old;

	if (answer->ttl == 0)
		return;
	e = entry_new(name, answer, cache->most_bytes);
	if (e == NULL)
		return;
	e->hash = hash;
	e->type = type;
	e->used_ms = now;
	e->expires_ms = now + (int64_t)answer->ttl * 1000;

	pthread_mutex_lock(&s->lock);
	if ((old = find(b, hash, name, type)) != NULL)
		drop(s, old);
	LIST_INSERT_HEAD(b, e, in_bucket);
	TAILQ_INSERT_TAIL(&s->order, e, in_order);
	s->answers++;
	s->bytes += e->size;
	while (s->answers > cache->most_answers || s->bytes > cache->most_bytes)
		drop(s, TAILQ_FIRST(&s->order));
	pthread_mutex_unlock(&s->lock);
}
