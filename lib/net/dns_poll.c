/* SPDX-License-Identifier: MIT */
#include "net/private/dns_poll.h"

#include "base/blocking.h"

#include <limits.h>
#include <string.h>
#include <time.h>

/* How long a wait may be without an announcement, and how many are announced at
   once after one that was longer. */
#define SHORT_NS 100000
#define DOUBTS   64

#define ROOM_FIRST (1 + 2 * ARES_GETSOCK_MAXNUM)

void
dns_poll_begin(struct dns_poll *p, struct arena *a, int wake, int64_t ms)
{
	if (p->room == 0) {
		p->arena = a;
		p->room = ROOM_FIRST;
		p->fds = arena_take_array(a, p->room, sizeof(*p->fds));
		p->owners = arena_take_array(a, p->room, sizeof(*p->owners));
	}
	/* poll passes over a descriptor of -1. */
	p->fds[0] = (struct pollfd){.fd = wake, .events = POLLIN};
	p->n = 1;
	p->ms = ms;
}

static void
dns_poll_make_room(struct dns_poll *p)
{
	struct pollfd *fds = p->fds;
	ares_channel *owners = p->owners;

	if (p->room - p->n >= ARES_GETSOCK_MAXNUM)
		return;
	p->room *= 2;
	p->fds = arena_take_array(p->arena, p->room, sizeof(*fds));
	p->owners = arena_take_array(p->arena, p->room, sizeof(*owners));
	memcpy(p->fds, fds, p->n * sizeof(*fds));
	memcpy(p->owners, owners, p->n * sizeof(*owners));
}

static nfds_t
sockets_of(ares_channel channel, struct pollfd fds[ARES_GETSOCK_MAXNUM])
{
	ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
	unsigned wanted =
	    (unsigned)ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
	nfds_t n = 0;

	for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
		short events = 0;

		/* Not ARES_GETSOCK_WRITABLE, which shifts into the sign. */
		if (wanted >> i & 1)
			events |= POLLIN;
		if (wanted >> (i + ARES_GETSOCK_MAXNUM) & 1)
			events |= POLLOUT;
		if (events != 0)
			fds[n++] =
			    (struct pollfd){.fd = sockets[i], .events = events};
	}
	return n;
}

/* Returns the milliseconds until c-ares has to act, at most `most`. */
static int64_t
until_due(ares_channel channel, int64_t most)
{
	struct timeval t;
	int64_t ms;

	if (ares_timeout(channel, NULL, &t) == NULL)
		return most;
	ms = (int64_t)t.tv_sec * 1000 + (t.tv_usec + 999) / 1000;
	return ms < most ? ms : most;
}

static void
process_channel(ares_channel channel, const struct pollfd *fd)
{
	const short trouble = POLLERR | POLLHUP | POLLNVAL;

	ares_process_fd(channel,
	    fd->revents & (POLLIN | trouble) ? fd->fd : ARES_SOCKET_BAD,
	    fd->revents & (POLLOUT | trouble) ? fd->fd : ARES_SOCKET_BAD);
}

void
dns_poll_add(struct dns_poll *p, ares_channel channel)
{
	nfds_t more;

	if (channel == NULL)
		return;
	dns_poll_make_room(p);
	more = sockets_of(channel, p->fds + p->n);
	if (more > 0)
		p->ms = until_due(channel, p->ms);
	while (more-- > 0)
		p->owners[p->n++] = channel;
}

static void
announce(struct dns_poll *p)
{
	p->announced = true;
	blocking_begin();
}

/* True: something has come in. */
static bool
wait_shortly(struct dns_poll *p)
{
	const struct timespec t = {.tv_nsec = SHORT_NS};
	unsigned doubts =
	    atomic_load_explicit(&p->pace->doubts, memory_order_relaxed);
	bool tries = doubts == 0 && p->ms > 0;

	if (tries && ppoll(p->fds, p->n, &t, NULL) > 0)
		return true;
	atomic_store_explicit(&p->pace->doubts,
	    tries        ? DOUBTS
	    : doubts > 0 ? doubts - 1
			 : 0,
	    memory_order_relaxed);
	return false;
}

/* False after a signal: nothing has come in, and the caller looks at the clock
   again. */
static bool
wait_long(struct dns_poll *p)
{
	if (!p->announced)
		announce(p);
	return poll(p->fds, p->n, p->ms > INT_MAX ? INT_MAX : (int)p->ms) >= 0;
}

bool
dns_poll_wait(struct dns_poll *p)
{
	if ((p->announced || !wait_shortly(p)) && !wait_long(p))
		return false;
	for (size_t i = 1; i < p->n; i++)
		process_channel(p->owners[i], &p->fds[i]);
	return p->fds[0].revents != 0;
}

void
dns_poll_end(struct dns_poll *p)
{
	if (p->announced)
		blocking_end();
}
