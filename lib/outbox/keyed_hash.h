/* SPDX-License-Identifier: MIT */
/*
 * keyed_hash - a hash of texts, keyed with a secret that is not in the store
 * (HMAC-SHA-256, RFC 2104).  A program that can write the store cannot forge
 * one, and one that can read the store learns nothing from it.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define KEYED_HASH_LEN 64 /* hexadecimal digits */

/* The first secret makes new hashes, all are accepted, as with those of SRS. */
struct keyed_secrets {
	const char *const *all;
	size_t n;            /* 0: there is no file of them */
	const char *trouble; /* NULL, or why they cannot be read; n is 0 */
};

/* RC_TEMP: they cannot be read. */
enum rc keyed_secrets_usable(const struct keyed_secrets *secrets,
    struct err *err);

/* texts: ended by NULL.  There must be a secret. */
const char *keyed_hash(struct arena *a, const struct keyed_secrets *secrets,
    const char *const *texts);

/* False without a secret, and for a hash that is NULL. */
bool keyed_hash_fits(struct arena *a, const struct keyed_secrets *secrets,
    const char *const *texts, const char *hash);
