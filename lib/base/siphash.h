/* SPDX-License-Identifier: MIT */
/*
 * siphash - SipHash-2-4 (Aumasson and Bernstein, 2012): a short hash with a
 * key, for tables whose entries strangers choose.  Who does not know the key
 * can make no two texts collide.  Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t k0, k1;
};

/* A key that nobody else knows. */
struct siphash_key siphash_key_new(void);

uint64_t siphash(const struct siphash_key *key, const void *bytes, size_t len);
