/* SPDX-License-Identifier: MIT */
/*
 * authres - Authentication-Results (RFC 8601), as much of it as is needed to
 * know whose a field is, and to write one.  Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>

/* The authserv-id in a field's value, as domain_read gives it if it is a
   domain.  RC_PERM: nobody can tell, as the field is not well formed. */
enum rc authres_read_id(struct arena *a, const char *value, const char **id);

/* "mx.example.org;\n\tspf=pass smtp.mailfrom=ann@example.org", to follow the
   name and a colon; without results "mx.example.org; none". */
char *authres_compose(struct arena *a, const char *id,
    const char *const *results, size_t n);
