/* SPDX-License-Identifier: MIT */
#include "base/siphash.h"

#include <stdlib.h>
#include <sys/random.h>

struct sip_state {
	uint64_t a, b, c, d;
};

static uint64_t
sip_rotated(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void
sip_rounds(struct sip_state *s, int n)
{
	while (n-- > 0) {
		s->a += s->b;
		s->c += s->d;
		s->b = sip_rotated(s->b, 13) ^ s->a;
		s->d = sip_rotated(s->d, 16) ^ s->c;
		s->a = sip_rotated(s->a, 32);
		s->c += s->b;
		s->a += s->d;
		s->b = sip_rotated(s->b, 17) ^ s->c;
		s->d = sip_rotated(s->d, 21) ^ s->a;
		s->c = sip_rotated(s->c, 32);
	}
}

static void
sip_add(struct sip_state *s, uint64_t word)
{
	s->d ^= word;
	sip_rounds(s, 2);
	s->a ^= word;
}

/* The first len bytes, at most 8, the lowest first. */
static uint64_t
sip_word(const unsigned char *bytes, size_t len)
{
	uint64_t word = 0;

	while (len-- > 0)
		word = word << 8 | bytes[len];
	return word;
}

struct siphash_key
siphash_key_new(void)
{
	struct siphash_key key;

	if (getrandom(&key, sizeof(key), 0) != (ssize_t)sizeof(key))
		abort();
	return key;
}

uint64_t
siphash(const struct siphash_key *key, const void *bytes, size_t len)
{
	struct sip_state s = {
	    key->k0 ^ 0x736f6d6570736575,
	    key->k1 ^ 0x646f72616e646f6d,
	    key->k0 ^ 0x6c7967656e657261,
	    key->k1 ^ 0x7465646279746573,
	};
	const unsigned char *at = bytes;
	size_t left = len;

	for (; left >= 8; left -= 8, at += 8)
		sip_add(&s, sip_word(at, 8));
	sip_add(&s, (uint64_t)len << 56 | sip_word(at, left));
	s.c ^= 0xff;
	sip_rounds(&s, 4);
	return s.a ^ s.b ^ s.c ^ s.d;
}
