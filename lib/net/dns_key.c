/* SPDX-License-Identifier: MIT */
#include "net/private/dns_key.h"

#include <pthread.h>
#include <string.h>
#include <sys/random.h>

#define EACH_BYTE(b) ((uint64_t)(b)*0x0101010101010101)

static struct {
	uint64_t start, factor;
} secret;

static void
choose_secret(void)
{
	if (getrandom(&secret, sizeof(secret), 0) < 0)
		secret.start = secret.factor = (uintptr_t)&secret;
	secret.factor |= 1;
}

/* Every bit of both halves of the product depends on the secret factor.  Which
   names collide cannot be foreseen, as it could with a known factor. */
static uint64_t
mix_hash(uint64_t hash, uint64_t word)
{
	__extension__ typedef unsigned __int128 uint128;
	uint128 product = (uint128)(hash ^ word) * secret.factor;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Lowers eight characters at once.  A byte's high bit tells in one sum whether
   the byte is at least 'A', and in the other whether it is past 'Z'. */
static uint64_t
lower_word(uint64_t word)
{
	uint64_t ascii = ~word & EACH_BYTE(0x80);
	uint64_t low_bits = word & EACH_BYTE(0x7f);
	uint64_t at_least_a = low_bits + EACH_BYTE(0x80 - 'A');
	uint64_t past_z = low_bits + EACH_BYTE(0x80 - 'Z' - 1);

	return word | (at_least_a & ~past_z & ascii) >> 2;
}

bool
dns_key_make(struct dns_key *key, const char *name, enum dns_type type)
{
	size_t len = strnlen(name, sizeof(key->name));
	static pthread_once_t chosen = PTHREAD_ONCE_INIT;
	uint64_t hash, word;

	if (len == sizeof(key->name))
		return false;
	pthread_once(&chosen, choose_secret);
	hash = mix_hash(secret.start, type);
	key->type = type;
	key->resolver = 0;
	key->size =
	    (unsigned)((len + sizeof(word)) / sizeof(word) * sizeof(word));
	memset(key->name + key->size - sizeof(word), 0, sizeof(word));
	memcpy(key->name, name, len);
	for (size_t at = 0; at < key->size; at += sizeof(word)) {
		memcpy(&word, key->name + at, sizeof(word));
		word = lower_word(word);
		memcpy(key->name + at, &word, sizeof(word));
		hash = mix_hash(hash, word);
	}
	key->hash = mix_hash(hash, len);
	return true;
}

void
dns_key_ask(struct dns_key *key, unsigned resolver)
{
	if (resolver == key->resolver)
		return;
	key->resolver = (uint8_t)resolver;
	key->hash = mix_hash(key->hash, resolver);
}

bool
dns_key_is(const struct dns_key *a, const struct dns_key *b)
{
	return a->hash == b->hash && a->type == b->type &&
	       a->resolver == b->resolver && a->size == b->size &&
	       memcmp(a->name, b->name, a->size) == 0;
}
