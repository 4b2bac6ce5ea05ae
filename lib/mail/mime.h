/* SPDX-License-Identifier: MIT */
/*
 * mime - the parts of a message (RFC 2045, 2046), one after another, decoded.
 * Tolerant, and bounded: what is nested deeper than MIME_DEPTH_MAX, and what
 * comes after MIME_PARTS_MAX, is not read.  Pure.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

#define MIME_DEPTH_MAX 8
#define MIME_PARTS_MAX 200

/* What a header says of the body below it, each a field's value; NULL: it has
   no such field. */
struct mime_header {
	const char *type, *encoding;
};

/* A leaf: no multipart.  Messages within are leaves, too. */
struct mime_part {
	const char *type; /* "text/plain" in lower case, without parameters */
	const char *text; /* decoded; not ended by a NUL */
	size_t len;
};

/* False: stop the walk. */
typedef bool mime_visit_fn(void *context, const struct mime_part *part);

/* The body may be cut off at its end. */
void mime_walk(struct arena *a, const struct mime_header *header,
    const char *body, size_t len, mime_visit_fn *visit, void *context);

/* A parameter's value (RFC 2045 5.1), also in pieces and with a character set
   (RFC 2231); NULL: there is none.  value is unfolded. */
const char *mime_parameter(struct arena *a, const char *value,
    const char *name);

/* One field from *p on with its folds, *p then behind it; an empty line has
   length 0.  NULL: the text is over. */
const char *mime_field(const char **p, const char *end, size_t *len);

/* The value of such a field, unfolded, if it has that name; else NULL. */
const char *mime_field_value(struct arena *a, const char *field, size_t len,
    const char *name);
