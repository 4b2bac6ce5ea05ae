/* SPDX-License-Identifier: MIT */
/*
 * domains_kept - what was found out about domains, for all threads: 12 bytes a
 * name, which is kept as 61 bits of a hash with a secret key.  Internal to
 * domains.
 *
 * Where all places of a name are taken, the oldest makes room; one with
 * DOMAINS_KEPT_LONGEST only where all have it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DOMAINS_KEPT_LONGEST 1 /* a bit of mark */

struct domains_kept;

/* For so many names: a power of two, 512 or more. */
struct domains_kept *domains_kept_new(size_t names);
void domains_kept_free(struct domains_kept *kept);

struct kept_domain {
	int64_t at; /* in clock_ms, below 2^39; -1: nothing is known */
	unsigned mark;
};

struct kept_domain domains_kept_find(struct domains_kept *kept,
    const char *name);

/* mark: 9 bits. */
void domains_kept_put(struct domains_kept *kept, const char *name, int64_t now,
    unsigned mark);
