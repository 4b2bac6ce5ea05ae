/* SPDX-License-Identifier: MIT */
/*
 * http - libmicrohttpd's side of a visit: from its header fields and body to a
 * struct visit, from a struct response to an answer with all that keeps
 * browsers safe.
 */
#pragma once

#include "http_connections.h"
#include "net/listen.h"
#include "program/snapshot.h"

struct http;

/* Answers on the socket, a thread for each connection. */
enum rc http_open(struct snapshots *snapshots,
    const struct signup_settings *settings, const struct listen_socket *place,
    struct http **out, struct err *err);

/* See handlers.h. */
bool http_is_alive(struct http *http, int64_t patience_ms);

/* Shuts down connections that are late.  To be called about once a second. */
void http_hurry(struct http *http);

/* No new connections from now on: the socket is the caller's again. */
void http_quiet(struct http *http);

/* To be called after http_quiet.  Waits for at most patience_ms and returns how
   many requests are still being answered.  If that is 0, everything is
   freed. */
unsigned http_close(struct http *http, int64_t patience_ms);
