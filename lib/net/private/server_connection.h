/* SPDX-License-Identifier: MIT */
/*
 * server_connection - one connection of a server: who serves it, and when.
 * Internal to server.c.
 *
 * The kernel reports incoming bytes once (EPOLLET), to any thread of the pool.
 * One thread at a time serves a connection. docs/concurrency.md has the states.
 */
#pragma once

#include "net/server.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/queue.h>

/* Slots are reused and never freed before the server is: a late epoll event may
   reach the next owner of the slot, which costs one needless read. */
struct server_connection {
	LIST_ENTRY(server_connection) in_list; /* the server's */
	struct server *server;
	const struct server_sessions *sessions;
	/* To be called after the session was closed: closes fd and frees the
	   slot. */
	void (*over)(struct server_connection *c);
	int queue;                  /* epoll */
	int fd;                     /* -1: the slot is free */
	bool leaving;               /* the server's: the connection must end */
	bool keeps_turn;            /* see SERVER_GOES_ON */
	_Atomic int64_t idle_since; /* of clock_coarse_ms */
	/* How many times the session still has to be served.  The thread that
	   raises it from 0 serves until it is 0 again; no other thread touches
	   the session meanwhile. */
	atomic_int looks;
	void *_Atomic session; /* NULL: none, the slot is free */
};

/* idle_since of a connection that works on a request. */
#define SERVER_CONNECTION_BUSY INT64_MAX

/* Opens the session of c->fd.  From now on the pool may serve the session;
   server_connection_begin has the pool serve it once in any case, and must not
   be called when the session is over already.  False: epoll cannot watch the
   socket, and no session was opened. */
bool server_connection_open(struct server_connection *c, void *context);
void server_connection_begin(struct server_connection *c);

/* Serves the session after an event of epoll. */
void server_connection_attend(struct server_connection *c, uint32_t events,
    struct arena *arena);
