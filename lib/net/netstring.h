/* SPDX-License-Identifier: MIT */
/*
 * netstring - "LENGTH:BYTES," framing, as Postfix's socketmap uses it
 * (socketmap_table(5)).  Pure: no I/O.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>

/* Reads the netstring at the start of bytes.  *whole is its length with the
   framing; *text and *text_len are its content, which stays inside bytes.
   RC_OK    the netstring is complete
   RC_NONE  bytes end in the middle of a netstring: more are needed
   RC_PERM  this is no netstring, or its content is longer than most */
enum rc netstring_read(const char *bytes, size_t len, size_t most,
    size_t *whole, const char **text, size_t *text_len, struct err *err);

/* Returns "LENGTH:text," in the arena, and how long that is in *len. */
char *netstring_make(struct arena *a, const char *text, size_t *len);
