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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server;
struct server_connection;

enum server_next {
	SERVER_WAITS,   /* everything was read: serve again when more comes */
	SERVER_GOES_ON, /* there is more to read: serve again after others */
	SERVER_ENDS,    /* close the connection */
};

/* What a program does with a connection.  The thread that accepts calls open;
   threads of the pool call serve and close, one at a time for each connection.
   Code in serve that waits calls blocking_begin (see blocking.h). */
struct server_sessions {
	void *(*open)(int fd, struct server_connection *connection,
	    void *context);
	/* Bytes may have come in, or the peer may be gone.  serve must read
	   until the socket is empty, or return SERVER_GOES_ON to be called
	   again.  The arena is for this call. */
	enum server_next (*serve)(void *session, struct arena *arena);
	/* The server closes fd afterwards. */
	void (*close)(void *session);
};

struct server_settings {
	const char *const *addresses; /* as listen.h reads them; 1 to 16 */
	size_t n_addresses;
	const char *group;
	unsigned mode;
	unsigned max_connections;
	int64_t idle_ms; /* a connection idle for longer is closed; not 0 */
};

/* Listens on every address, or on none of them. */
enum rc server_open(const struct server_settings *settings,
    const struct server_sessions *sessions, void *context, struct server **out,
    struct err *err);

/* Takes new settings while connections go on: an address that stays keeps its
   socket, with its group and mode; sockets of new addresses are opened, those
   of the others closed.  On an error the server stays as it was. */
enum rc server_change(struct server *server,
    const struct server_settings *settings, struct err *err);

/* To be called around the work on one request.  From server_busy to server_idle
   an orderly stop waits for the session, and the server does not close it to
   make room. */
void server_busy(struct server_connection *connection);
void server_idle(struct server_connection *connection);

/* False: for patience_ms the thread that accepts has not looked around, or no
   thread of the pool has begun to serve though a connection waited for one.
   That patience must be longer than serve takes when all that it waits for is
   slow, and than an eighth of idle_ms.  Called again and again, by one thread;
   not during server_close. */
bool server_is_alive(struct server *server, int64_t patience_ms);

/* Stops accepting, ends the connections that are between requests, waits at
   most wait_ms for requests in flight, cuts off the rest and frees the server.
   Returns how many sessions were cut off; if that is not 0, a session may still
   run, and context must not be freed. */
unsigned server_close(struct server *server, int64_t wait_ms);
