/* SPDX-License-Identifier: MIT */
/*
 * session - one connection from its first request to its last: each request
 * is answered, in order, from the snapshot that is present when it is complete.
 */
#pragma once

#include "net/server.h"
#include "net/stream.h"
#include "program/snapshot.h"

/* What one request is answered with. */
struct exchange {
	struct snapshot *snapshot;
	struct arena *arena; /* for this request */
	void *memory;        /* the connection's own, of protocol.state_new */
};

/* A protocol of requests and answers. */
struct protocol {
	size_t room; /* most bytes of one request */
	stream_whole_fn *whole;
	/* The bytes to send back, in the arena, or NULL with err for a request
	   that makes no sense: the connection is closed without an answer. */
	const char *(*answer)(const struct exchange *exchange,
	    const char *request, size_t len, size_t *answer_len,
	    struct err *err);
	/* Both NULL, or what a connection keeps between requests. */
	void *(*state_new)(void);
	void (*state_free)(void *memory);
	const struct service_settings *(*service)(const struct settings *);
};

/* Postfix keeps a connection that it does not use for 300 s (policy) or 10 s
   (socketmap); a client idle for longer is not Postfix. */
#define SESSION_IDLE_MS ((int64_t)10 * 60 * 1000)

/* What the sessions of a server have in common: the context of
   session_server_sessions. */
struct sessions {
	const struct protocol *protocol;
	struct snapshots *snapshots;
};

extern const struct server_sessions session_server_sessions;
