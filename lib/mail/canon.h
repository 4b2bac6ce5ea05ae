/* SPDX-License-Identifier: MIT */
/*
 * canon - header fields and bodies in their canonical forms (RFC 6376 3.4).
 * Pure; nothing of a body is kept.
 */
#pragma once

#include "mail/field.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum canon {
	CANON_SIMPLE,
	CANON_RELAXED
};

/* Gets the canonical bytes, a run at a time, in their order. */
typedef void canon_sink(void *to, const char *bytes, size_t len);

/* The field, without the CRLF behind it (3.4.1, 3.4.2).  Simple: folds as CRLF,
   nothing else changed.  CR and LF that are no fold are bytes like others, but
   for an LF alone, which is how a milter writes a fold. */
void canon_field(enum canon canon, const struct mail_field *field,
    canon_sink *sink, void *to);

/* A body as it comes, in chunks of any size (3.4.3, 3.4.4).  Only CRLF ends a
   line; CR or LF alone and NUL are bytes like others.  Runs that stay as they
   are go to the sink as they lie in the chunk. */
struct canon_body {
	enum canon canon;
	canon_sink *sink;
	void *to;
	bool any;       /* something was written, or waits for more */
	bool space;     /* white space, not written yet */
	bool cr;        /* a CR, not written yet, may begin a line end */
	uint64_t lines; /* line ends, not written yet */
};

void canon_body_init(struct canon_body *b, enum canon canon, canon_sink *sink,
    void *to);
void canon_body_add(struct canon_body *b, const char *bytes, size_t len);
void canon_body_end(struct canon_body *b);
