/* SPDX-License-Identifier: MIT */
/*
 * netstring - "LENGTH:BYTES," framing, as Postfix's socketmap uses it
 * (socketmap_table(5)).  Pure: no I/O.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>

/* One netstring at the start of bytes.  *whole is what it takes up, *text and
   *text_len what it holds (inside bytes).
   RC_OK    a complete one
   RC_NONE  its beginning: more bytes are needed
   RC_PERM  no netstring, or one longer than most */
enum rc netstring_read(const char *bytes, size_t len, size_t most,
    size_t *whole, const char **text, size_t *text_len, struct err *err);

/* "LENGTH:text," */
char *netstring_make(struct arena *a, const char *text, size_t *len);
