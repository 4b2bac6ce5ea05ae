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

/* Finds in typed text a token as token_make gave it.  Case does not count, O is
   read as 0, I and L as 1, and whatever was copied with the token is ignored:
   hyphens and blanks of all kinds anywhere, invisible characters, quotes, a
   full stop, full-width letters, %20 and &nbsp;, or the words around it ("Your
   code is ABCDE-FGHJK.").  NULL: the text holds no token, or more than one; the
   caller must not count that as a wrong guess. */
char *token_read(struct arena *a, const char *typed);
