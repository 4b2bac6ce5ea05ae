/* SPDX-License-Identifier: MIT */
/*
 * encode - bytes as text (RFC 4648), without '=' at the end.
 */
#pragma once

#include "base/arena.h"

/* A-Z a-z 0-9 - _ */
char *encode_base64url(struct arena *a, const void *bytes, size_t len);

/* 0-9 A-V */
char *encode_base32hex(struct arena *a, const void *bytes, size_t len);
