/* SPDX-License-Identifier: MIT */
/*
 * dns_flight - a question that several threads have at the same time is sent by
 * one of them.
 *
 * A flight is one question and all its waiters.  The first waiter sends the
 * question, the others wait.  When the answer arrives, the flight is completed
 * and every waiter gets it.  If the first waiter gives up because its own time
 * is over, the waiter with the most time left sends the question in its place.
 * No thread holds a lock while it asks or waits.  A waiter whose time is over
 * leaves the flight.  The table of flights is in shards, as the cache is.
 */
#pragma once

#include "net/private/dns_answer.h"
#include "net/private/dns_key.h"

#include <sys/queue.h>

struct dns_flights;

enum dns_waiter_state {
	DNS_WAITER_NONE = 0, /* it left, or never joined */
	DNS_WAITER_ASKS,     /* its owner is to ask, and then to complete it */
	DNS_WAITER_WAITS,
	DNS_WAITER_ANSWERED, /* dns_flight_look has the answer */
};

/* One query of one thread, which owns this struct and zeroes it first.  Only
   dns_flight.c reads or writes the fields. */
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

/* Joins the flight of key.  The result says whether the owner must send the
   question (DNS_WAITER_ASKS) or wait for it, at most until `until` (of
   clock_ms).  *wake is one eventfd for all waiters of a thread: -1 at first,
   made here when a waiter first has to wait, and closed by the thread after its
   last waiter has left.  If no descriptor is left for it, the result is
   DNS_WAITER_NONE, and the owner sends the question without a flight. */
enum dns_waiter_state dns_flight_join(struct dns_flights *flights,
    struct dns_waiter *waiter, const struct dns_key *key, int64_t until,
    int *wake);

/* To be called when *wake is readable: returns the present state of the waiter.
   With DNS_WAITER_ANSWERED the answer is copied to the arena, and the waiter
   has left the flight. */
enum dns_waiter_state dns_flight_look(struct dns_waiter *waiter,
    struct arena *a, struct dns_answer *out);

/* Hands the answer of the waiter that asked to all that wait.  If
   answer->given_up is set, another waiter asks instead.  The caller's waiter
   has left the flight afterwards. */
void dns_flight_complete(struct dns_waiter *waiter,
    const struct dns_answer *answer);

/* Leaves the flight without an answer.  If this waiter was the one that asks,
   another waiter asks in its place.  A waiter that has left already may leave
   again; every waiter must leave before its memory is freed. */
void dns_flight_leave(struct dns_waiter *waiter);
