/* SPDX-License-Identifier: MIT */
/*
 * resolvers - each of the servers that DNS is asked of, by itself.
 */
#pragma once

#include "program/settings.h"

enum resolver_state {
	RESOLVER_SILENT, /* nobody answers there, or not us */
	RESOLVER_FAILS,  /* somebody does, but finds nothing out */
	RESOLVER_ANSWERS,
};

struct resolver {
	const char *server; /* "127.0.0.1:53" */
	struct ip ip;
	enum resolver_state state;
	const char *problem; /* NULL: it answers */
};

struct resolvers {
	struct resolver all[DNS_SERVERS_MAX];
	size_t n, silent;
	bool configured; /* by postward.conf; else by /etc/resolv.conf */
};

/* Asks all of them at once for the host's own name, and for one that a resolver
   knows by itself (RFC 6303); waits for a few seconds at most.  RC_TEMP: there
   are none. */
enum rc resolvers_ask(struct arena *a, const struct settings *settings,
    struct resolvers *out, struct err *err);
