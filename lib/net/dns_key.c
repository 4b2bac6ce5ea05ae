/* SPDX-License-Identifier: MIT */
#include "net/dns_key.h"

#include "base/str.h"

#include <sys/random.h>

uint64_t
dns_key_seed(void)
{
	static const char somewhere;
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), 0) < 0)
		seed = (uintptr_t)&somewhere;
	return seed;
}

/* FNV-1a with a secret start, and its bits mixed, as both ends are used. */
uint64_t
dns_key_hash(uint64_t seed, const char *name, enum dns_type type)
{
	uint64_t hash = seed ^ type;

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)str_lower_char(*name)) *
		       0x100000001b3;
	hash ^= hash >> 32;
	hash *= 0x9e3779b97f4a7c15;
	return hash ^ hash >> 29;
}

void
dns_key_copy(char *to, const char *name)
{
	do
		*to++ = str_lower_char(*name);
	while (*name++ != '\0');
}

bool
dns_key_is(const char *copy, const char *name)
{
	for (; *copy != '\0' && *copy == str_lower_char(*name); copy++, name++)
		;
	return *copy == '\0' && *name == '\0';
}
