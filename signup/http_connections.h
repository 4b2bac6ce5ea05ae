/* SPDX-License-Identifier: MIT */
/*
 * http_connections - the connections of browsers, and the end of those that
 * take too long.
 *
 * The time-out of libmicrohttpd counts silence: a client that sends a byte now
 * and then would stay for ever.  Here each part of a request has its own limit
 * of time, and the connections of one client and of one network (throttle.h)
 * are limited, so that a few clients cannot take all.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define HTTP_CONNECTIONS_HEADER_MS  20000 /* with the rest before it */
#define HTTP_CONNECTIONS_REQUEST_MS 20000 /* of the body */
#define HTTP_CONNECTIONS_ANSWER_MS  10000

/* Of all connections, one in so many. */
#define HTTP_CONNECTIONS_CLIENT_PART  16
#define HTTP_CONNECTIONS_NETWORK_PART 8

struct http_connections;
struct http_connection;

struct http_connections *http_connections_new(void);
void http_connections_free(struct http_connections *connections);

/* peer: its address, or NULL; not kept. */
struct http_connection *
http_connection_new(struct http_connections *connections, const char *peer,
    int fd);
/* Before fd is closed. */
void http_connection_free(struct http_connections *connections,
    struct http_connection *connection);

enum http_connection_state {
	HTTP_CONNECTION_IDLE,    /* the last request is answered, the next may
				    begin */
	HTTP_CONNECTION_BEGUN,   /* there is a header, and it is not answered */
	HTTP_CONNECTION_SERVED,  /* we work for it: it is not late */
	HTTP_CONNECTION_ANSWERED /* it may take its answer */
};

void http_connection_enter(struct http_connections *connections,
    struct http_connection *connection, enum http_connection_state state);

/* Shuts down the connections that are late. */
void http_connections_hurry(struct http_connections *connections);

/* Returns how many connections are not idle. */
unsigned http_connections_busy(struct http_connections *connections);

/* May one more of that address connect, where there are `most` in all? */
bool http_connections_has_room(struct http_connections *connections,
    const char *peer, unsigned most);
