/* SPDX-License-Identifier: MIT */
/*
 * authres - Authentication-Results (RFC 8601) and Received-SPF (RFC 7208 9.1),
 * enough of their grammar to know which host a field names, to read the results
 * and to write them.
 * Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Does the value of Authentication-Results claim to be of that host, as
   domain_read gives it, for anybody who may read it (RFC 8601 5)?  In any
   case, folded, with comments and quotes, as U-label or A-label, in encoded
   words, with a version or anything else behind it.  False for a field of
   another host, however malformed, and for one that names no host. */
bool authres_claims(struct arena *a, const char *value, const char *host);

/* The same of Received-SPF, which names its host as receiver, or at the
   beginning of its comment. */
bool authres_spf_claims(struct arena *a, const char *value, const char *host);

struct authres_property {
	const char *name;  /* "header.from", in lower case */
	const char *value; /* without quotes */
};

struct authres_result {
	const char *method, *result; /* "dmarc", "pass": in lower case */
	const struct authres_property *properties;
	size_t n;
};

/* The results in a value that begins with a host, in their order; their number.
   Comments are left out, and so are versions of methods, and parts that are no
   result. */
size_t authres_read(struct arena *a, const char *value,
    const struct authres_result **out);

/* "mx.example.org;\n\tspf=pass smtp.mailfrom=ann@example.org", to follow the
   name and a colon; without results "mx.example.org; none". */
char *authres_compose(struct arena *a, const char *id,
    const char *const *results, size_t n);
