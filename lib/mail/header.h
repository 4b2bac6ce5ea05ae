/* SPDX-License-Identifier: MIT */
/*
 * header - what the milter reads from the header fields of a message (RFC 5322
 * 2.2).  Pure.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

/* True: the field has that name, in any case.  White space between name and
   colon, as obsolete syntax has it (RFC 5322 4.5), does not count. */
bool header_is(const char *name, const char *wanted);

/* The value on one line: folds (RFC 5322 2.2.3) become one space each, white
   space at both ends goes. */
char *header_unfold(struct arena *a, const char *value);

/* A message that has been delivered more often than that is in a loop,
   whatever its fields say. */
#define HEADER_DELIVERED_MAX 100

/* The way that a message came, as its trace fields tell it (RFC 5321 4.4,
   RFC 9228).  Starts zeroed, but for arena. */
struct header_trace {
	struct arena *arena;
	unsigned received;
	size_t n_delivered; /* may be more than are kept */
	const char *delivered[HEADER_DELIVERED_MAX]; /* as address_key */
};

/* Fields that are no trace are ignored. */
void header_trace_add(struct header_trace *t, const char *name,
    const char *value);

/* True: the message was delivered before to the address with that key. */
bool header_trace_has(const struct header_trace *t, const char *key);
