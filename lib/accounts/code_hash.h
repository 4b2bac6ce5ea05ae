/* SPDX-License-Identifier: MIT */
/*
 * code_hash - how a code that is mailed is kept: as a hash, bound to what it
 * is good for, so that the store gives no code away.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>

/* bound_to: texts, ended by NULL.  SHA-256, 64 hexadecimal digits. */
const char *code_hash(struct arena *a, const char *const *bound_to,
    const char *code);

/* A code as typed (see base/token.h); hash may be NULL, which no code fits. */
bool code_hash_fits(struct arena *a, const char *const *bound_to,
    const char *typed, const char *hash);
