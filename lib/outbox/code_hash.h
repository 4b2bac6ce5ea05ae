/* SPDX-License-Identifier: MIT */
/*
 * code_hash - how a code that is mailed is kept: as a hash, bound to what it
 * is good for, so that the store gives no code away.  50 bits are soon tried by
 * who has the hash, so it is keyed with a secret that is not in the store,
 * if there is one; hashes of before there was one are good until they expire.
 */
#pragma once

#include "outbox/keyed_hash.h"

/* Of no code at all, as long as one of some code. */
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
