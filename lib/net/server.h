/* SPDX-License-Identifier: MIT */
/*
 * server - accepts connections and gives each a thread, up to a limit, and
 * stops in good order.
 *
 * Over the limit, clients wait in the backlog.  If the server is full, or the
 * machine has no descriptor or thread left, the connection that has been idle
 * longest (a second at least) is closed to make room: Postfix, whose idle
 * connection it is, simply connects again.
 *
 * A server is opened, changed and closed by one thread.
 */
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct server;
struct server_connection;

/* Serves one connection, with all signals blocked; returns when it is over.
   fd is closed by the server. */
typedef void server_session_fn(int fd, struct server_connection *connection,
    void *context);

#define SERVER_ADDRESSES_MOST 16 /* and at least one */

struct server_settings {
	const char *const *addresses; /* as listen.h reads them */
	size_t n_addresses;
	const char *group;
	unsigned mode;
	unsigned max_connections;
};

/* Listens on every address, or on none of them. */
enum rc server_open(const struct server_settings *settings,
    server_session_fn *session, void *context, struct server **out,
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
