/* SPDX-License-Identifier: MIT */
#include "program/private/signing_recent.h"

#include "base/memory.h"
#include "base/siphash.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define BUCKETS ((size_t)256)

struct recent_domain {
	struct signing_domain domain; /* the first member */
	TAILQ_ENTRY(recent_domain) in_order;
	LIST_ENTRY(recent_domain) in_bucket;
	struct arena *arena;
	unsigned users;
};

TAILQ_HEAD(recent_domains, recent_domain);
LIST_HEAD(recent_bucket, recent_domain);

struct signing_recent {
	const struct signing_index *index;
	pthread_mutex_t lock;
	struct recent_domains order; /* the one used longest ago comes first */
	size_t n;
	struct recent_bucket buckets[BUCKETS];
};

struct signing_recent *
signing_recent_new(const struct signing_index *index)
{
	struct signing_recent *recent = memory_zeroed(1, sizeof(*recent));

	recent->index = index;
	pthread_mutex_init(&recent->lock, NULL);
	TAILQ_INIT(&recent->order);
	return recent;
}

static void
recent_domain_drop(struct signing_recent *recent, struct recent_domain *d)
{
	TAILQ_REMOVE(&recent->order, d, in_order);
	LIST_REMOVE(d, in_bucket);
	recent->n--;
	for (size_t i = 0; i < d->domain.n; i++)
		private_key_free(d->domain.files[i].key);
	arena_free(d->arena);
}

void
signing_recent_free(struct signing_recent *recent)
{
	if (recent == NULL)
		return;
	while (!TAILQ_EMPTY(&recent->order))
		recent_domain_drop(recent, TAILQ_FIRST(&recent->order));
	pthread_mutex_destroy(&recent->lock);
	free(recent);
}

/* Only an administrator chooses these names. */
static struct recent_bucket *
recent_bucket_of(struct signing_recent *recent, const char *domain)
{
	static const struct siphash_key key;

	return &recent
		    ->buckets[siphash(&key, domain, strlen(domain)) % BUCKETS];
}

static struct recent_domain *
recent_domain_read(struct signing_recent *recent, const char *domain)
{
	struct arena *a = arena_new();
	struct recent_domain *d = arena_take(a, sizeof(*d));

	d->arena = a;
	signing_index_read(recent->index, a, domain, &d->domain);
	LIST_INSERT_HEAD(recent_bucket_of(recent, domain), d, in_bucket);
	recent->n++;
	return d;
}

/* NULL: somebody has taken each of them. */
static struct recent_domain *
recent_domain_to_drop(struct signing_recent *recent)
{
	struct recent_domain *d, *with_several = NULL;

	TAILQ_FOREACH(d, &recent->order, in_order)
	{
		if (d->users > 0)
			continue;
		if (d->domain.n < 2)
			return d;
		if (with_several == NULL)
			with_several = d;
	}
	return with_several;
}

static struct recent_domain *
recent_domain_find(struct signing_recent *recent, const char *domain)
{
	struct recent_domain *d;

	LIST_FOREACH(d, recent_bucket_of(recent, domain), in_bucket)
	if (strcmp(d->domain.name, domain) == 0)
		return d;
	return NULL;
}

struct signing_domain *
signing_recent_take(struct signing_recent *recent, const char *domain)
{
	struct recent_domain *d, *old = NULL;

	pthread_mutex_lock(&recent->lock);
	d = recent_domain_find(recent, domain);
	if (d != NULL) {
		TAILQ_REMOVE(&recent->order, d, in_order);
	} else {
		if (recent->n >= SIGNING_KEYS_RECENT_MAX)
			old = recent_domain_to_drop(recent);
		if (old != NULL)
			recent_domain_drop(recent, old);
		d = recent_domain_read(recent, domain);
	}
	TAILQ_INSERT_TAIL(&recent->order, d, in_order);
	d->users++;
	pthread_mutex_unlock(&recent->lock);
	return &d->domain;
}

void
signing_recent_give(struct signing_recent *recent,
    const struct signing_domain *domain)
{
	struct recent_domain *d = (struct recent_domain *)domain;

	pthread_mutex_lock(&recent->lock);
	d->users--;
	pthread_mutex_unlock(&recent->lock);
}

struct signing_domain **
signing_recent_take_all(struct signing_recent *recent, struct arena *a,
    size_t *n)
{
	struct signing_domain **all;
	struct recent_domain *d;

	*n = 0;
	pthread_mutex_lock(&recent->lock);
	all =
	    arena_take_array(a, recent->n + 1, sizeof(struct signing_domain *));
	TAILQ_FOREACH(d, &recent->order, in_order)
	{
		d->users++;
		all[(*n)++] = &d->domain;
	}
	pthread_mutex_unlock(&recent->lock);
	return all;
}
