/* SPDX-License-Identifier: MIT */
/*
 * encode - bytes as text (RFC 4648), without '=' at the end where nothing else
 * is said, and back.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>

/* A-Z a-z 0-9 - _ */
char *encode_base64url(struct arena *a, const void *bytes, size_t len);

/* A-Z a-z 0-9 + / */
char *encode_base64(struct arena *a, const void *bytes, size_t len);

/* The same in whole groups of four, with '=' at the end (RFC 4648 4). */
char *encode_base64_padded(struct arena *a, const void *bytes, size_t len);

/* 0-9 A-V */
char *encode_base32hex(struct arena *a, const void *bytes, size_t len);

/* Base64 (RFC 4648 4), read strictly: whole groups of four, '=' where it
   belongs, no other characters, bits that stand for nothing zero.  A NUL is
   behind the bytes.  false: it is not. */
bool encode_read_base64(struct arena *a, const char *text, char **out,
    size_t *len);
