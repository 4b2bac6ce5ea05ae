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

/* As token_make gave it, whatever the case, with O typed for 0, I or L for 1,
   and whatever came along when it was copied: hyphens and blanks of all kinds
   anywhere, invisible characters, quotes, a full stop, full-width letters,
   %20 and &nbsp;, or the words around it ("Your code is ABCDE-FGHJK.").
   NULL: there is no token in it, or more than one: nobody can have meant it
   for a guess. */
char *token_read(struct arena *a, const char *typed);
