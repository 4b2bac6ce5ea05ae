/* SPDX-License-Identifier: MIT */
/*
 * server - accepts connections, up to a limit, has a pool serve those where
 * something has come in, and stops in good order.
 *
 * A connection has a thread only while it is served: idle ones cost memory of
 * their own, but none of a thread's.
 *
 * Over the limit, clients wait in the backlog.  If the server is full, or the
 * machine has no descriptor left, the connection that has been idle longest (a
 * second at least) is closed to make room: Postfix, whose idle connection it
 * is, simply connects again.
 *
 * A server is opened, changed and closed by one thread.  docs/concurrency.md
 * has the states of a connection and who may touch what.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct server;
struct server_connection;

enum server_next {
	SERVER_WAITS,   /* for more to come in */
	SERVER_GOES_ON, /* there is more, but others shall have their turn */
	SERVER_ENDS,
};

/* What happens at a connection.  open is called by the thread that accepts; the
   others by those of the pool, one at a time for each connection.  Code in
   serve that waits calls blocking_begin (see blocking.h). */
struct server_sessions {
	void *(*open)(int fd, struct server_connection *connection,
	    void *context);
	/* Something may have come in, or the peer is gone.  Read until the
	   socket is empty, or return SERVER_GOES_ON to be called again.  The
	   arena is for this call. */
	enum server_next (*serve)(void *session, struct arena *arena);
	/* fd is closed after that, by the server. */
	void (*close)(void *session);
};

struct server_settings {
	const char *const *addresses; /* as listen.h reads them; 1 to 16 */
	size_t n_addresses;
	const char *group;
	unsigned mode;
	unsigned max_connections;
	int64_t idle_ms; /* one idle for longer is closed; not 0 */
};

/* Listens on every address, or on none of them. */
enum rc server_open(const struct server_settings *settings,
    const struct server_sessions *sessions, void *context, struct server **out,
    struct err *err);

/* Takes new settings while connections go on: addresses that stay keep their
   socket, with its group and mode; new ones are opened, the others closed.
   On an error everything is as it was. */
enum rc server_change(struct server *server,
    const struct server_settings *settings, struct err *err);

/* Around the work on one request: between busy and idle, an orderly stop
   waits for the session, and nobody closes it to make room. */
void server_busy(struct server_connection *connection);
void server_idle(struct server_connection *connection);

/* Accepts no more, ends the connections that are between requests, lets what
   is in flight finish for at most wait_ms, cuts off what is left and frees
   the server.  The number of sessions that were cut off is returned; if it is
   not 0, a session may still run, and context must not be freed. */
unsigned server_close(struct server *server, int64_t wait_ms);
