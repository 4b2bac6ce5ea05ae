/* SPDX-License-Identifier: MIT */
/*
 * dns_key - a question as a key of a hash table: upper and lower case are the
 * same name.  Internal to lib/net.
 */
#pragma once

#include "net/dns.h"

#include <stdbool.h>
#include <stdint.h>

/* What strangers cannot foresee, they cannot make collide. */
uint64_t dns_key_seed(void);

/* Mixed well at both ends. */
uint64_t dns_key_hash(uint64_t seed, const char *name, enum dns_type type);

/* Writes name in lower case to `to`, which has room for it. */
void dns_key_copy(char *to, const char *name);

/* Is that the name that dns_key_copy wrote? */
bool dns_key_is(const char *copy, const char *name);
