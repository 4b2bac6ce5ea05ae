/* SPDX-License-Identifier: MIT */
/*
 * dns_flight - what many threads want to know at once is asked by one.
 *
 * The first to take a seat in a question's flight asks it, the others wait.
 * When it has an answer, all have it.  When it gives up because its own time
 * is over, the one with the most time left asks in its place.  Nobody holds
 * a lock while asking or waiting, and nobody waits longer than it wants to:
 * it leaves.  The table is in shards, as the cache is.
 */
#pragma once

#include "net/dns_answer.h"
#include "net/dns_key.h"

#include <sys/queue.h>

struct dns_flights;

enum dns_seat_state {
	DNS_SEAT_NONE = 0, /* it was left, or never taken */
	DNS_SEAT_ASKS,     /* its owner is to ask, and then to land */
	DNS_SEAT_WAITS,
	DNS_SEAT_ANSWERED, /* dns_flight_look has the answer */
};

/* One question of one asker, who owns it; zeroed.  All is dns_flight's. */
struct dns_seat {
	struct dns_flight_shard *shard; /* NULL: none taken, or left */
	enum dns_seat_state state;
	struct dns_flight *flight; /* while it asks or waits */
	struct dns_landed *landed;
	int64_t until;
	int wake;
	TAILQ_ENTRY(dns_seat) next;
};

struct dns_flights *dns_flights_new(void);

/* No seat may be taken any more. */
void dns_flights_free(struct dns_flights *flights);

/* Takes a seat and tells whether to ask (DNS_SEAT_ASKS) or to wait, which
   the owner means to do until then, of clock_ms.  *wake is an eventfd of the
   asker, for all its seats, made here when there is first something to wait
   for; -1 before, and the asker closes it after its seats.  Without one
   (there are no descriptors left) nobody waits: DNS_SEAT_NONE, ask. */
enum dns_seat_state dns_flight_join(struct dns_flights *flights,
    struct dns_seat *seat, const struct dns_key *key, int64_t until, int *wake);

/* After *wake was readable: what has become of the seat.  With
   DNS_SEAT_ANSWERED the answer is copied to the arena, and the seat left. */
enum dns_seat_state dns_flight_look(struct dns_seat *seat, struct arena *a,
    struct dns_answer *out);

/* The answer, from the seat that asks, to all that wait; if it was given up,
   another one asks.  The seat is left. */
void dns_flight_land(struct dns_seat *seat, const struct dns_answer *answer);

/* Without an answer: another one asks, if it was this seat that asked.
   Nothing for a seat that was left before; no other may stay. */
void dns_flight_leave(struct dns_seat *seat);
