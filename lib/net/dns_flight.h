/* SPDX-License-Identifier: MIT */
/*
 * dns_flight - what many threads want to know at once is asked by one.
 *
 * The first waiter of a flight asks its query, the others wait.  When it has
 * an answer, the flight is completed: all have it.  When it gives up because
 * its own time is over, the waiter with the most time left asks in its place.
 * Nobody holds a lock while asking or waiting, and nobody waits longer than it
 * wants to: it leaves.  The table is in shards, as the cache is.
 */
#pragma once

#include "net/dns_answer.h"
#include "net/dns_key.h"

#include <sys/queue.h>

struct dns_flights;

enum dns_waiter_state {
	DNS_WAITER_NONE = 0, /* it left, or never joined */
	DNS_WAITER_ASKS,     /* its owner is to ask, and then to complete it */
	DNS_WAITER_WAITS,
	DNS_WAITER_ANSWERED, /* dns_flight_look has the answer */
};

/* One query of one asker, who owns it; zeroed.  All is dns_flight's. */
struct dns_waiter {
	struct dns_flight_shard *shard; /* NULL: never joined, or left */
	enum dns_waiter_state state;
	struct dns_flight *flight; /* while it asks or waits */
	struct dns_completed *completed;
	int64_t until;
	int wake;
	TAILQ_ENTRY(dns_waiter) next;
};

struct dns_flights *dns_flights_new(void);

/* No waiter may be in a flight any more. */
void dns_flights_free(struct dns_flights *flights);

/* Joins the flight of key and tells whether to ask (DNS_WAITER_ASKS) or to
   wait, which the owner means to do until then, of clock_ms.  *wake is an
   eventfd of the asker, for all its waiters, made here when there is first
   something to wait for; -1 before, and the asker closes it after its waiters.
   Without one (there are no descriptors left) nobody waits: DNS_WAITER_NONE,
   ask. */
enum dns_waiter_state dns_flight_join(struct dns_flights *flights,
    struct dns_waiter *waiter, const struct dns_key *key, int64_t until,
    int *wake);

/* After *wake was readable: what has become of the waiter.  With
   DNS_WAITER_ANSWERED the answer is copied to the arena, and the waiter has
   left. */
enum dns_waiter_state dns_flight_look(struct dns_waiter *waiter,
    struct arena *a, struct dns_answer *out);

/* The answer, from the waiter that asks, to all that wait; if it was given up,
   another one asks.  The waiter has left. */
void dns_flight_complete(struct dns_waiter *waiter,
    const struct dns_answer *answer);

/* Without an answer: another one asks, if it was this waiter that asked.
   Nothing for a waiter that left before; no other may stay. */
void dns_flight_leave(struct dns_waiter *waiter);
