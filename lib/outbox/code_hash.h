/* SPDX-License-Identifier: MIT */
/*
 * code_hash - a code that is mailed is stored only as a hash, bound to its
 * purpose, so that nobody can read a code in the store.  A code has 50 bits,
 * which can be guessed from a plain hash; so the hash is keyed with a secret
 * that is not in the store, if there is one.  Hashes made before there was a
 * secret are valid until they expire.
 */
#pragma once

#include "outbox/keyed_hash.h"

/* The hash that fits no code, as long as a hash that fits one. */
extern const char code_hash_of_none[];
bool code_hash_is_of_none(const char *hash);

/* bound_to: texts, ended by NULL.  secrets: or NULL, for none. */
const char *code_hash(struct arena *a, const struct keyed_secrets *secrets,
    const char *const *bound_to, const char *code);

/* A code as typed (see base/token.h).  RC_NONE: it is another one; none fits a
   hash that is NULL.  RC_TEMP: the hash is keyed, and there is no secret. */
enum rc code_hash_check(struct arena *a, const struct keyed_secrets *secrets,
    const char *const *bound_to, const char *typed, const char *hash,
    struct err *err);
