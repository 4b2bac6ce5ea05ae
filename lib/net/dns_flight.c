/* SPDX-License-Identifier: MIT */
#include "net/private/dns_flight.h"

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

TAILQ_HEAD(waiters, dns_waiter);

/* One question that is being asked.  The flight exists as long as a waiter
   asks. */
struct dns_flight {
	LIST_ENTRY(dns_flight) in_bucket;
	struct waiters waiting;
	size_t n_waiting;
	struct dns_key key;
};

/* An answer for the waiters; the last one that takes it frees it. */
struct dns_completed {
	atomic_size_t readers;
	size_t size;
	struct dns_answer answer;
	_Alignas(max_align_t) char bytes[];
};

LIST_HEAD(flight_bucket, dns_flight);

/* The lock also guards the waiters in flights of this shard. */
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

static enum dns_waiter_state
start_waiting(struct dns_waiter *waiter, struct dns_flight *flight, int *wake)
{
	if (*wake < 0)
		*wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (*wake < 0)
		return DNS_WAITER_NONE;
	waiter->flight = flight;
	waiter->wake = *wake;
	TAILQ_INSERT_TAIL(&flight->waiting, waiter, next);
	flight->n_waiting++;
	return DNS_WAITER_WAITS;
}

static void
stop_waiting(struct dns_waiter *waiter)
{
	TAILQ_REMOVE(&waiter->flight->waiting, waiter, next);
	waiter->flight->n_waiting--;
}

enum dns_waiter_state
dns_flight_join(struct dns_flights *flights, struct dns_waiter *waiter,
    const struct dns_key *key, int64_t until, int *wake)
{
	struct dns_flight_shard *shard = flight_shard_of(flights, key->hash);
	struct flight_bucket *bucket = flight_bucket_of(shard, key->hash);
	enum dns_waiter_state state;
	struct dns_flight *flight;

	*waiter = (struct dns_waiter){.shard = shard, .until = until};
	pthread_mutex_lock(&shard->lock);
	flight = find_flight(bucket, key);
	if (flight != NULL) {
		waiter->state = start_waiting(waiter, flight, wake);
	} else {
		waiter->flight = flight_new(key);
		waiter->state = DNS_WAITER_ASKS;
		LIST_INSERT_HEAD(bucket, waiter->flight, in_bucket);
	}
	if (waiter->state == DNS_WAITER_NONE)
		waiter->shard = NULL;
	state = waiter->state;
	pthread_mutex_unlock(&shard->lock);
	return state;
}

/* Wakes under the lock: a waiter that has its answer may leave, and close its
   wake. */
static void
wake_waiter(struct dns_waiter *waiter, enum dns_waiter_state state)
{
	stop_waiting(waiter);
	waiter->state = state;
	eventfd_write(waiter->wake, 1);
}

static void
hand_over(struct dns_flight *flight)
{
	struct dns_waiter *waiter, *longest = TAILQ_FIRST(&flight->waiting);

	if (longest == NULL) {
		LIST_REMOVE(flight, in_bucket);
		free(flight);
		return;
	}
	TAILQ_FOREACH(waiter, &flight->waiting, next)
	if (waiter->until > longest->until)
		longest = waiter;
	wake_waiter(longest, DNS_WAITER_ASKS);
}

static struct dns_completed *
completed_new(const struct dns_answer *answer, size_t readers)
{
	size_t size = dns_answer_size(answer);
	struct dns_completed *completed =
	    memory_zeroed(1, sizeof(*completed) + size);

	completed->readers = readers;
	completed->size = size;
	completed->answer = dns_answer_copy(answer, completed->bytes);
	return completed;
}

static void
complete_flight(struct dns_flight *flight, const struct dns_answer *answer)
{
	struct dns_completed *completed = NULL;
	struct dns_waiter *waiter;

	if (flight->n_waiting > 0)
		completed = completed_new(answer, flight->n_waiting);
	while ((waiter = TAILQ_FIRST(&flight->waiting)) != NULL) {
		waiter->completed = completed;
		wake_waiter(waiter, DNS_WAITER_ANSWERED);
	}
	LIST_REMOVE(flight, in_bucket);
	free(flight);
}

static void
read_completed(struct dns_completed *completed, struct arena *a,
    struct dns_answer *out)
{
	if (out != NULL)
		*out = dns_answer_copy(&completed->answer,
		    arena_take(a, completed->size));
	if (atomic_fetch_sub(&completed->readers, 1) == 1)
		free(completed);
}

enum dns_waiter_state
dns_flight_look(struct dns_waiter *waiter, struct arena *a,
    struct dns_answer *out)
{
	enum dns_waiter_state state;

	if (waiter->shard == NULL)
		return DNS_WAITER_NONE;
	pthread_mutex_lock(&waiter->shard->lock);
	state = waiter->state;
	pthread_mutex_unlock(&waiter->shard->lock);
	if (state == DNS_WAITER_ANSWERED) {
		read_completed(waiter->completed, a, out);
		waiter->shard = NULL;
	}
	return state;
}

void
dns_flight_complete(struct dns_waiter *waiter, const struct dns_answer *answer)
{
	pthread_mutex_lock(&waiter->shard->lock);
	assert(waiter->state == DNS_WAITER_ASKS);
	if (answer->given_up)
		hand_over(waiter->flight);
	else
		complete_flight(waiter->flight, answer);
	pthread_mutex_unlock(&waiter->shard->lock);
	waiter->shard = NULL;
}

void
dns_flight_leave(struct dns_waiter *waiter)
{
	enum dns_waiter_state state;

	if (waiter->shard == NULL)
		return;
	pthread_mutex_lock(&waiter->shard->lock);
	state = waiter->state;
	if (state == DNS_WAITER_WAITS)
		stop_waiting(waiter);
	else if (state == DNS_WAITER_ASKS)
		hand_over(waiter->flight);
	pthread_mutex_unlock(&waiter->shard->lock);
	if (state == DNS_WAITER_ANSWERED)
		read_completed(waiter->completed, NULL, NULL);
	waiter->shard = NULL;
}
