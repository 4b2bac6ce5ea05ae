/* SPDX-License-Identifier: MIT */
/*
 * directory_connection - one connection to one server, bound, and what is asked
 * on it.  Seen by lib/directory only; used by one thread at a time.
 *
 * A connection on which something has failed is closed, whatever it was: the
 * library would make another by itself, in clear and to whom ldap.conf(5)
 * names.
 */
#pragma once

#include "directory/directory.h"
#include "directory/directory_metrics.h"
#include "directory/private/directory_frame.h"
#include "directory/private/directory_stream.h"

#include <sys/queue.h>

/* A try to have an answer from one server. */
struct directory_try {
	const struct directory_settings *settings;
	const struct directory_server *server;
	SSL_CTX *tls; /* NULL: in clear */
	int64_t end;  /* of clock_us */

	/* Of a try that has failed: why, whether the server is at fault, and
	   whether the connection cannot be used any more. */
	enum directory_failure failure;
	bool server_failed, broken;
};

struct directory_search {
	struct arena *arena;
	const char *base, *filter;
	enum directory_scope scope;
	bool variable; /* the base has an address in it: no such entry is no
			  such account */
	bool ascii;    /* the address is */
	bool any;      /* that there is an answer is enough */
};

struct directory_connection {
	LIST_ENTRY(directory_connection) in_list;
	size_t server;
	int64_t since; /* of clock_us: nobody has used it */
	void *ldap;
	struct directory_stream stream;
	/* Of the message that is read now: its beginning, how much of that the
	   library has had, and how many bytes are still to come. */
	uint8_t head[DIRECTORY_FRAME_MAX];
	size_t head_len, head_given, body_left;
	bool unasked; /* the server has said what nobody had asked for */
	bool garbled; /* or what is no message */
};

/* RC_TEMP: it cannot be; t says why. */
enum rc directory_connection_open(struct directory_try *t,
    struct directory_connection **out, struct err *err);
void directory_connection_close(struct directory_connection *c);

/* As directory_find. */
enum rc directory_connection_search(struct directory_connection *c,
    struct directory_try *t, const struct directory_search *search,
    struct directory_entry *out, struct err *err);
