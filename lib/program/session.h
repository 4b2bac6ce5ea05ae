/* SPDX-License-Identifier: MIT */
/*
 * session - one connection from its first request to its last.  Requests are
 * answered in order, each from the snapshot that is present when the request is
 * complete.
 */
#pragma once

#include "net/server.h"
#include "net/stream.h"
#include "program/snapshot.h"

/* What the answer to one request is made of. */
struct exchange {
	struct snapshot *snapshot;
	struct arena *arena; /* for this request */
	void *memory;        /* of this connection, made by state_new */
	int64_t began_us;    /* of clock_us: when the request was complete */
	/* Set by answer, if something is left to be done for which nobody has
	   to wait: called when the answer is sent, or cannot be, with `about`,
	   which is in the arena. */
	void (*after)(const struct exchange *exchange, void *about);
	void *about;
};

/* A protocol of requests and answers. */
struct protocol {
	size_t room; /* a request has no more bytes than this */
	stream_whole_fn *whole;
	/* Returns the bytes to send back, in the arena.  NULL, with err: the
	   request makes no sense, and the connection is closed without an
	   answer. */
	const char *(*answer)(struct exchange *exchange, const char *request,
	    size_t len, size_t *answer_len, struct err *err);
	/* Make and free what a connection keeps between requests; both NULL:
	   it keeps nothing. */
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
