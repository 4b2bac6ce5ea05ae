/* SPDX-License-Identifier: MIT */
#include "auth/private/key_cache.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A place for each value of a byte. */
#define KEY_CACHE_PLACES 256

struct kept_key {
	unsigned char *der; /* NULL: the place is free */
	size_t len;
	EVP_PKEY *key;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kept_key places[KEY_CACHE_PLACES];

/* In the middle there is the modulus, of which any byte is as good. */
static struct kept_key *
key_cache_place(const unsigned char *der, size_t len)
{
	return &places[der[len / 2]];
}

static bool
kept_key_is(const struct kept_key *kept, const void *der, size_t len)
{
	return kept->der != NULL && kept->len == len &&
	       memcmp(kept->der, der, len) == 0;
}

EVP_PKEY *
key_cache_find(const void *der, size_t len)
{
	EVP_PKEY *found = NULL;
	const struct kept_key *kept;

	if (len == 0)
		return NULL;
	pthread_mutex_lock(&lock);
	kept = key_cache_place(der, len);
	if (kept_key_is(kept, der, len) && EVP_PKEY_up_ref(kept->key) == 1)
		found = kept->key;
	pthread_mutex_unlock(&lock);
	return found;
}

void
key_cache_keep(const void *der, size_t len, EVP_PKEY *key)
{
	struct kept_key now = {memory_zeroed(1, len), len, key}, *place, before;

	if (EVP_PKEY_up_ref(key) != 1) {
		free(now.der);
		return;
	}
	memcpy(now.der, der, len);
	pthread_mutex_lock(&lock);
	place = key_cache_place(der, len);
	before = *place;
	*place = now;
	pthread_mutex_unlock(&lock);
	free(before.der);
	EVP_PKEY_free(before.key);
}
