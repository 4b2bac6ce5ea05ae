/* SPDX-License-Identifier: MIT */
/*
 * stream - one connection, read through a buffer and written whole; both have
 * a limit of time, and a request has one of size.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream;

struct stream_settings {
	size_t room;        /* a request has no more bytes than this */
	int64_t request_ms; /* limit from a request's first byte to its last,
			       and for writing one answer */
};

/* fd is a connected socket, blocking or not.  stream_free does not close it: it
   belongs to the server. */
struct stream *stream_new(int fd, const struct stream_settings *settings);
void stream_free(struct stream *s);

/* Is there a complete request at the start of bytes?  Returns its length; 0:
   more bytes are needed.  For bytes that can never become a request it sets *rc
   to RC_PERM, and err. */
typedef size_t stream_whole_fn(const char *bytes, size_t len, enum rc *rc,
    struct err *err);

/* Reads until `whole` finds a complete request.  Does not wait for a request to
   start; once one has, waits for its end.
   RC_OK    *request and *len are the request's bytes, valid until the next
	    call; *request is NULL: everything that had come in is read, and no
	    request has begun
   RC_NONE  the peer closed the connection between two requests
   RC_TEMP  the peer closed or stalled in the middle of a request; err says
	    which
   RC_PERM  the bytes are no request, or longer than room; err says which */
enum rc stream_read(struct stream *s, stream_whole_fn *whole,
    const char **request, size_t *len, struct err *err);

/* Writes all bytes.  RC_TEMP: the peer does not take them. */
enum rc stream_write(struct stream *s, const char *bytes, size_t len,
    struct err *err);
