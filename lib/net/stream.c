/* SPDX-License-Identifier: MIT */
#include "net/stream.h"

#include "base/blocking.h"
#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define FIRST_ROOM ((size_t)4096)

/* bytes holds what has come in: len bytes from start on, of which the first
   `taken` are the request returned last.  A request that comes in one piece
   costs one recv, and no look at the clock; poll and a deadline guard the
   others. */
struct stream {
	int fd;
	size_t most;
	int64_t request_ms;
	char *bytes; /* `first`, or memory from malloc for a longer request */
	size_t room, start, len, taken;
	bool drained; /* the last recv filled less than its room: nothing more
			 is there */
	char first[FIRST_ROOM];
};

struct stream *
stream_new(int fd, const struct stream_settings *settings)
{
	struct stream *s = malloc(sizeof(*s));

	if (s == NULL)
		abort();
	assert(settings->room > 0);
	s->fd = fd;
	s->most = settings->room;
	s->request_ms = settings->request_ms;
	s->bytes = s->first;
	s->room = s->most < FIRST_ROOM ? s->most : FIRST_ROOM;
	s->start = s->len = s->taken = 0;
	s->drained = false;
	return s;
}

void
stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	if (s->bytes != s->first)
		free(s->bytes);
	free(s);
}

/* Moves the unread bytes to the start of `bytes`. */
static void
move_to(struct stream *s, char *bytes, size_t room)
{
	char *old = s->bytes;

	memmove(bytes, old + s->start, s->len);
	s->bytes = bytes;
	s->room = room;
	s->start = 0;
	if (old != s->first && old != bytes)
		free(old);
}

static void
drop_taken(struct stream *s)
{
	s->start += s->taken;
	s->len -= s->taken;
	s->taken = 0;
	if (s->bytes != s->first && s->len <= FIRST_ROOM)
		move_to(s, s->first, FIRST_ROOM);
}

static bool
grow_stream(struct stream *s)
{
	size_t room = s->room < s->most / 2 ? s->room * 2 : s->most;
	char *bytes;

	assert(s->room > 0);
	if (s->room == s->most)
		return false;
	bytes = malloc(room);
	if (bytes == NULL)
		abort();
	move_to(s, bytes, room);
	return true;
}

static bool
wait_until(int fd, short events, int64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = events};
	int n = -1;

	blocking_begin();
	while (n < 0) {
		int64_t left = deadline - clock_ms();

		if (left <= 0)
			break;
		n = poll(&p, 1, left < INT_MAX ? (int)left : INT_MAX);
		if (n < 0 && errno != EINTR)
			break;
	}
	blocking_end();
	return n > 0;
}

/* RC_OK: there may be more bytes now.  Sets deadline when it finds that a
   request has begun. */
static enum rc
fill_stream(struct stream *s, int64_t *deadline, struct err *err)
{
	bool begun = s->len > 0;
	ssize_t n;

	if (s->start > 0)
		move_to(s, s->bytes, s->room);
	if (s->len == s->room && !grow_stream(s))
		return err_set(err, RC_PERM,
		    "a request is longer than %zu bytes", s->most);
	if (begun && *deadline == 0)
		*deadline = clock_ms() + s->request_ms;
	if (begun && !wait_until(s->fd, POLLIN, *deadline))
		return err_set(err, RC_TEMP,
		    "the client stalled after %zu bytes of a request", s->len);
	n = recv(s->fd, s->bytes + s->len, s->room - s->len, MSG_DONTWAIT);
	if (n > 0) {
		s->drained = (size_t)n < s->room - s->len;
		s->len += (size_t)n;
		return RC_OK;
	}
	s->drained = n < 0 && errno == EAGAIN;
	if (s->drained || (n < 0 && errno == EINTR))
		return RC_OK;
	if (!begun && (n == 0 || errno == ECONNRESET))
		return RC_NONE;
	if (n == 0)
		return err_set(err, RC_TEMP,
		    "the client closed after %zu bytes of a request", s->len);
	return err_set(err, RC_TEMP, "reading a request: %s", strerror(errno));
}

enum rc
stream_read(struct stream *s, stream_whole_fn *whole, const char **request,
    size_t *len, struct err *err)
{
	int64_t deadline = 0;

	drop_taken(s);
	for (;;) {
		enum rc rc = RC_OK;

		if (s->len == 0 && s->drained) {
			s->drained = false;
			*request = NULL;
			return RC_OK;
		}
		if (s->len > 0)
			s->taken = whole(s->bytes + s->start, s->len, &rc, err);
		assert(s->taken <= s->len);
		if (rc == RC_OK && s->taken > 0)
			break;
		if (rc == RC_OK)
			rc = fill_stream(s, &deadline, err);
		if (rc != RC_OK)
			return rc;
	}
	*request = s->bytes + s->start;
	*len = s->taken;
	return RC_OK;
}

enum rc
stream_write(struct stream *s, const char *bytes, size_t len, struct err *err)
{
	int64_t deadline = 0;

	while (len > 0) {
		ssize_t n =
		    send(s->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n >= 0) {
			bytes += n;
			len -= (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return err_set(err, RC_TEMP, "writing an answer: %s",
			    strerror(errno));
		if (deadline == 0)
			deadline = clock_ms() + s->request_ms;
		if (!wait_until(s->fd, POLLOUT, deadline))
			return err_set(err, RC_TEMP,
			    "the client does not take its answer");
	}
	return RC_OK;
}
