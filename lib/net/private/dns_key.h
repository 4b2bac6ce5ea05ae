/* SPDX-License-Identifier: MIT */
/*
 * dns_key - a question as a key of a hash table: upper and lower case are the
 * same name.  Internal to lib/net.
 */
#pragma once

#include "net/dns.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dns_key {
	uint64_t hash; /* its high and its low bits are equally mixed */
	enum dns_type type;
	uint8_t resolver; /* as in struct dns_query */
	unsigned size;    /* used bytes of name, a whole number of words */
	char name[256];   /* lower case, NULs behind it */
};

/* False: the name is so long that it cannot be valid.  The hash depends on a
   random key of this process, so that strangers cannot choose names that
   collide. */
bool dns_key_make(struct dns_key *key, const char *name, enum dns_type type);

/* Makes the question one to that resolver; a key begins with 0. */
void dns_key_ask(struct dns_key *key, unsigned resolver);

bool dns_key_is(const struct dns_key *a, const struct dns_key *b);
