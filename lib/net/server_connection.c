/* SPDX-License-Identifier: MIT */
#include "net/private/server_connection.h"

#include "base/clock.h"

#include <sys/epoll.h>

#define EVENTS (EPOLLIN | EPOLLRDHUP | EPOLLET)

void
server_busy(struct server_connection *c)
{
	atomic_store_explicit(&c->idle_since, SERVER_CONNECTION_BUSY,
	    memory_order_relaxed);
}

void
server_idle(struct server_connection *c)
{
	atomic_store_explicit(&c->idle_since, clock_coarse_ms(),
	    memory_order_relaxed);
}

static bool
watch_connection(struct server_connection *c, int how, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = c};

	return epoll_ctl(c->queue, how, c->fd, &event) == 0;
}

/* Waits for room to write.  There is room, so that the event goes to the end of
   the queue, behind the other connections.  Re-arming with EPOLLOUT also
   reports every event missed meanwhile. */
static void
keep_turn(struct server_connection *c)
{
	c->looks = 1;
	c->keeps_turn = true;
	watch_connection(c, EPOLL_CTL_MOD, EVENTS | EPOLLOUT);
}

static void
turn_has_come(struct server_connection *c)
{
	if (c->keeps_turn)
		watch_connection(c, EPOLL_CTL_MOD, EVENTS);
	c->keeps_turn = false;
}

static void
serve_connection(struct server_connection *c, void *session,
    struct arena *arena)
{
	turn_has_come(c);
	switch (c->sessions->serve(session, arena)) {
	case SERVER_WAITS:
		return;
	case SERVER_GOES_ON:
		keep_turn(c);
		return;
	case SERVER_ENDS:
		break;
	}
	c->sessions->close(session);
	c->session = NULL;
	c->over(c);
}

/* When the peer has hung up, the first turn may only read what was sent before;
   a second turn finds the end. */
void
server_connection_attend(struct server_connection *c, uint32_t events,
    struct arena *arena)
{
	bool hung_up = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;

	if (atomic_fetch_add(&c->looks, hung_up ? 2 : 1) > 0)
		return;
	do {
		void *session = c->session;

		if (session != NULL)
			serve_connection(c, session, arena);
	} while (atomic_fetch_sub(&c->looks, 1) > 1);
}

/* A late event for the previous owner of the slot must not find a session that
   epoll does not watch yet: the session is stored afterwards, and
   server_connection_begin reports what came in before. */
bool
server_connection_open(struct server_connection *c, void *context)
{
	c->keeps_turn = true;
	server_idle(c);
	if (!watch_connection(c, EPOLL_CTL_ADD, EPOLLET))
		return false;
	c->session = c->sessions->open(c->fd, c, context);
	return true;
}

void
server_connection_begin(struct server_connection *c)
{
	watch_connection(c, EPOLL_CTL_MOD, EVENTS | EPOLLOUT);
}
