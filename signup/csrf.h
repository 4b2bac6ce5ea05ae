/* SPDX-License-Identifier: MIT */
/*
 * csrf - tells whether our own page has sent a form.
 *
 * A random cookie comes back twice, as itself and in a hidden field; another
 * site can neither read it nor send it (SameSite, RFC 6265bis 5.5).
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

#define CSRF_BYTES 16
#define CSRF_LEN   22 /* of them as base64url */

/* RC_TEMP: the system has no random bytes. */
enum rc csrf_make(struct arena *a, const char **out, struct err *err);

/* The value of Set-Cookie.  secure: for TLS alone, and for this host alone
   (__Host-). */
const char *csrf_set_cookie(struct arena *a, const char *token, bool secure);

/* Ours, in the header field Cookie, which may be NULL.  NULL: it is not there,
   there twice, or nothing that we have made. */
const char *csrf_cookie(struct arena *a, const char *header, bool secure);

/* cookie may be NULL.  The comparison takes the same time, however much of it
   is right. */
bool csrf_fits(const char *cookie, const char *field);

/* Of a request's header, each may be NULL; url: ours, or "". */
struct csrf_origin {
	const char *origin, *fetch_site, *host, *url;
};

/* True: the browser says that the form comes from another site. */
bool csrf_is_foreign(const struct csrf_origin *from);
