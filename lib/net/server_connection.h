/* SPDX-License-Identifier: MIT */
/*
 * server_connection - one connection of a server: who serves it, and when.
 * Internal to server.c.
 *
 * Whatever comes in is told once (EPOLLET), to any thread of the pool, and a
 * connection is served by one thread at a time.
 */
#pragma once

#include "net/server.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/queue.h>

/* Never freed before the server is: an event may come late, when another
   connection has its place, which is then looked at once too often. */
struct server_connection {
	LIST_ENTRY(server_connection) in_list; /* the server's */
	struct server *server;
	const struct server_sessions *sessions;
	/* Its session was closed: closes fd, and the place is free. */
	void (*over)(struct server_connection *c);
	int queue;                  /* epoll */
	int fd;                     /* -1: the place is free */
	bool leaving;               /* the server's: it was told to */
	bool keeps_turn;            /* see SERVER_GOES_ON */
	_Atomic int64_t idle_since; /* of clock_ms */
	/* Times that it is still to be looked at.  Who makes it more than 0
	   does that, until it is 0 again: nobody else touches the session. */
	atomic_int looks;
	void *_Atomic session; /* NULL: none, the place is free */
};

/* Of idle_since: it is at work. */
#define SERVER_CONNECTION_BUSY INT64_MAX

/* Opens the session of c->fd; from now on the pool may serve it, and will when
   server_connection_begin was called, unless it is over already.  False: it
   cannot be watched, and nothing was opened. */
bool server_connection_open(struct server_connection *c, void *context);
void server_connection_begin(struct server_connection *c);

/* What came in is served. */
void server_connection_attend(struct server_connection *c, uint32_t events,
    struct arena *arena);
