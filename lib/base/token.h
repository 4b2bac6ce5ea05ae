/* SPDX-License-Identifier: MIT */
/*
 * token - a random code that a person reads, tells and types.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

/* 50 bits in digits and letters, without I, L, O and U. */
#define TOKEN_LEN 10

/* RC_TEMP: the system has no random bytes. */
enum rc token_make(struct arena *a, char **out, struct err *err);

/* As token_make gave it, whatever the case, with hyphens and blanks anywhere,
   and O typed for 0, I or L for 1.  NULL: that is no token. */
char *token_read(struct arena *a, const char *typed);
