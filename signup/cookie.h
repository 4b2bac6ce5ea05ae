/* SPDX-License-Identifier: MIT */
/*
 * cookie - the header field Cookie of a request, and Set-Cookie of an answer.
 * Pure.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

/* Returns the value of a cookie of ours: len characters of base64url.  header
   may be NULL.  NULL: the cookie is not there, there twice, or nothing that we
   have made. */
const char *cookie_find(struct arena *a, const char *header, const char *name,
    size_t len);

/* Returns the value of Set-Cookie: for this site, out of reach of scripts, and
   never sent when another site leads here.  secure: for TLS alone.  An empty
   value deletes the cookie. */
const char *cookie_set(struct arena *a, const char *name, const char *value,
    bool secure);
