/* SPDX-License-Identifier: MIT */
/*
 * dns_driver - the interface to what answers the questions that are not in the
 * cache of dns.c.  Internal to lib/net.
 */
#pragma once

#include "net/dns.h"
#include "net/private/dns_answer.h"
#include "net/private/dns_key.h"

/* The name is valid (dns_name_valid).  The driver, or the watch, writes the
   answer, at the deadline at the latest. */
struct dns_driver_query {
	const char *name;
	enum dns_type type;
	unsigned resolver;         /* as in struct dns_query */
	const struct dns_key *key; /* these as dns.c's tables have them */
	int64_t deadline;
	bool in_flight; /* another thread sends the question: the driver only
			   waits */
	bool answered;
	bool cached;
	struct dns_answer answer;
};

/* What goes on in other threads while the driver asks. */
struct dns_watch {
	int wake; /* a descriptor; the driver calls look when it is readable;
		     -1: none */
	void *context;
	/* Writes the answers that came from other threads.  Clears in_flight of
	   the queries that this thread must send after all. */
	void (*look)(void *context);
	/* To be called by the driver when it has answered the query. */
	void (*answered)(void *context, struct dns_driver_query *query);
};

/* ask and close get `state`.  Any number of threads may call ask at once. watch
   may be NULL if no query is in_flight. */
struct dns_driver {
	void *state;
	void (*ask)(void *state, struct arena *a,
	    struct dns_driver_query *queries, size_t n,
	    const struct dns_watch *watch);
	void (*close)(void *state);
};

/* The driver of programs. */
enum rc dns_cares_open(const struct dns_settings *settings,
    struct dns_driver *out, struct err *err);

/* Makes a dns that asks that driver, and has no cache.  dns_close closes the
   driver. */
struct dns *dns_open_driver(const struct dns_driver *driver);

/* Gives such a dns a cache, as that of programs; to be called once, before
   anybody asks. */
void dns_keep_answers(struct dns *dns, size_t answers);
