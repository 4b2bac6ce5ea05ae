/* SPDX-License-Identifier: MIT */
/*
 * stream - one connection, read through a buffer and written whole, with a
 * limit to how long and how much.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream;

struct stream_settings {
	size_t room;        /* most bytes of one request */
	int64_t request_ms; /* from a request's first byte to its last, and
			       for writing one answer */
};

/* Takes a connected socket, blocking or not, which stream_close does not
   close: it belongs to the server. */
struct stream *stream_new(int fd, const struct stream_settings *settings);
void stream_free(struct stream *s);

/* Does not wait for a request to start; once one has, waits for its end.  Reads
   until `whole` finds a complete request at the start of what has come in: it
   returns its length, 0 for "more is needed", or RC_PERM through rc for one
   that can never become a request (with err).
   RC_OK    *request and *len are the bytes, valid until the next call;
	    *request is NULL: no request has begun, and all is read that had
	    come in
   RC_NONE  the peer closed between two requests
   RC_TEMP  it closed or stalled in the middle of one; err says which
   RC_PERM  nonsense, or longer than room; err says which */
typedef size_t stream_whole_fn(const char *bytes, size_t len, enum rc *rc,
    struct err *err);

enum rc stream_read(struct stream *s, stream_whole_fn *whole,
    const char **request, size_t *len, struct err *err);

/* Writes all of it; RC_TEMP if the peer does not take it. */
enum rc stream_write(struct stream *s, const char *bytes, size_t len,
    struct err *err);
