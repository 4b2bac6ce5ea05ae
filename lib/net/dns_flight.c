/* SPDX-License-Identifier: MIT */
#include "net/dns_flight.h"

#include "base/memory.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SHARDS  ((size_t)64)
#define BUCKETS ((size_t)64) /* of one shard */

TAILQ_HEAD(seats, dns_seat);

/* One question that is being asked.  It is there as long as a seat asks. */
struct dns_flight {
	LIST_ENTRY(dns_flight) in_bucket;
	struct seats waiting;
	size_t n_waiting;
	struct dns_key key;
};

/* An answer for those who waited; the last one frees it. */
struct dns_landed {
	atomic_size_t readers;
	size_t size;
	struct dns_answer answer;
	_Alignas(max_align_t) char bytes[];
};

LIST_HEAD(flight_bucket, dns_flight);

/* The lock is also that of the seats that wait in its flights. */
struct dns_flight_shard {
	pthread_mutex_t lock;
	struct flight_bucket buckets[BUCKETS];
};

struct dns_flights {
	struct dns_flight_shard shards[SHARDS];
};

struct dns_flights *
dns_flights_new(void)
{
	struct dns_flights *flights = memory_zeroed(1, sizeof(*flights));

	for (size_t i = 0; i < SHARDS; i++)
		pthread_mutex_init(&flights->shards[i].lock, NULL);
	return flights;
}

void
dns_flights_free(struct dns_flights *flights)
{
	if (flights == NULL)
		return;
	for (size_t i = 0; i < SHARDS; i++)
		pthread_mutex_destroy(&flights->shards[i].lock);
	free(flights);
}

static struct dns_flight_shard *
flight_shard_of(struct dns_flights *flights, uint64_t hash)
{
	return &flights->shards[hash % SHARDS];
}

static struct flight_bucket *
flight_bucket_of(struct dns_flight_shard *shard, uint64_t hash)
{
	return &shard->buckets[hash / SHARDS % BUCKETS];
}

static struct dns_flight *
find_flight(struct flight_bucket *bucket, const struct dns_key *key)
{
	struct dns_flight *flight;

	LIST_FOREACH(flight, bucket, in_bucket)
	if (dns_key_is(&flight->key, key))
		return flight;
	return NULL;
}

static struct dns_flight *
flight_new(const struct dns_key *key)
{
	struct dns_flight *flight = memory_zeroed(1, sizeof(*flight));

	TAILQ_INIT(&flight->waiting);
	flight->key = *key;
	return flight;
}

static enum dns_seat_state
sit_down(struct dns_seat *seat, struct dns_flight *flight, int *wake)
{
	if (*wake < 0)
		*wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (*wake < 0)
		return DNS_SEAT_NONE;
	seat->flight = flight;
	seat->wake = *wake;
	TAILQ_INSERT_TAIL(&flight->waiting, seat, next);
	flight->n_waiting++;
	return DNS_SEAT_WAITS;
}

static void
get_up(struct dns_seat *seat)
{
	TAILQ_REMOVE(&seat->flight->waiting, seat, next);
	seat->flight->n_waiting--;
}

enum dns_seat_state
dns_flight_join(struct dns_flights *flights, struct dns_seat *seat,
    const struct dns_key *key, int64_t until, int *wake)
{
	struct dns_flight_shard *shard = flight_shard_of(flights, key->hash);
	struct flight_bucket *bucket = flight_bucket_of(shard, key->hash);
	enum dns_seat_state state;
	struct dns_flight *flight;

	*seat = (struct dns_seat){.shard = shard, .until = until};
	pthread_mutex_lock(&shard->lock);
	flight = find_flight(bucket, key);
	if (flight != NULL) {
		seat->state = sit_down(seat, flight, wake);
	} else {
		seat->flight = flight_new(key);
		seat->state = DNS_SEAT_ASKS;
		LIST_INSERT_HEAD(bucket, seat->flight, in_bucket);
	}
	if (seat->state == DNS_SEAT_NONE)
		seat->shard = NULL;
	state = seat->state;
	pthread_mutex_unlock(&shard->lock);
	return state;
}

/* Under the lock: a seat that knows may leave, and close its wake. */
static void
wake_waiter(struct dns_seat *seat, enum dns_seat_state state)
{
	get_up(seat);
	seat->state = state;
	eventfd_write(seat->wake, 1);
}

static void
hand_over(struct dns_flight *flight)
{
	struct dns_seat *seat, *longest = TAILQ_FIRST(&flight->waiting);

	if (longest == NULL) {
		LIST_REMOVE(flight, in_bucket);
		free(flight);
		return;
	}
	TAILQ_FOREACH(seat, &flight->waiting, next)
	if (seat->until > longest->until)
		longest = seat;
	wake_waiter(longest, DNS_SEAT_ASKS);
}

static struct dns_landed *
landed_new(const struct dns_answer *answer, size_t readers)
{
	size_t size = dns_answer_size(answer);
	struct dns_landed *landed = memory_zeroed(1, sizeof(*landed) + size);

	landed->readers = readers;
	landed->size = size;
	landed->answer = dns_answer_copy(answer, landed->bytes);
	return landed;
}

static void
complete_flight(struct dns_flight *flight, const struct dns_answer *answer)
{
	struct dns_landed *landed = NULL;
	struct dns_seat *seat;

	if (flight->n_waiting > 0)
		landed = landed_new(answer, flight->n_waiting);
	while ((seat = TAILQ_FIRST(&flight->waiting)) != NULL) {
		seat->landed = landed;
		wake_waiter(seat, DNS_SEAT_ANSWERED);
	}
	LIST_REMOVE(flight, in_bucket);
	free(flight);
}

static void
read_landed(struct dns_landed *landed, struct arena *a, struct dns_answer *out)
{
	if (out != NULL)
		*out = dns_answer_copy(&landed->answer,
		    arena_take(a, landed->size));
	if (atomic_fetch_sub(&landed->readers, 1) == 1)
		free(landed);
}

enum dns_seat_state
dns_flight_look(struct dns_seat *seat, struct arena *a, struct dns_answer *out)
{
	enum dns_seat_state state;

	if (seat->shard == NULL)
		return DNS_SEAT_NONE;
	pthread_mutex_lock(&seat->shard->lock);
	state = seat->state;
	pthread_mutex_unlock(&seat->shard->lock);
	if (state == DNS_SEAT_ANSWERED) {
		read_landed(seat->landed, a, out);
		seat->shard = NULL;
	}
	return state;
}

void
dns_flight_land(struct dns_seat *seat, const struct dns_answer *answer)
{
	pthread_mutex_lock(&seat->shard->lock);
	assert(seat->state == DNS_SEAT_ASKS);
	if (answer->given_up)
		hand_over(seat->flight);
	else
		complete_flight(seat->flight, answer);
	pthread_mutex_unlock(&seat->shard->lock);
	seat->shard = NULL;
}

void
dns_flight_leave(struct dns_seat *seat)
{
	enum dns_seat_state state;

	if (seat->shard == NULL)
		return;
	pthread_mutex_lock(&seat->shard->lock);
	state = seat->state;
	if (state == DNS_SEAT_WAITS)
		get_up(seat);
	else if (state == DNS_SEAT_ASKS)
		hand_over(seat->flight);
	pthread_mutex_unlock(&seat->shard->lock);
	if (state == DNS_SEAT_ANSWERED)
		read_landed(seat->landed, NULL, NULL);
	seat->shard = NULL;
}
