/* SPDX-License-Identifier: MIT */
#include "throttle.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SETS 4096
#define WAYS 8 /* where an address may stand */

struct entry {
	struct ip net;
	bool wide, refused;
	unsigned had;
	int64_t ends; /* 0: free */
};

struct throttle {
	pthread_mutex_t lock;
	uint64_t seed; /* so that nobody can choose who stands where */
	struct entry entries[SETS][WAYS];
};

struct throttle *
throttle_new(void)
{
	struct throttle *t = memory_zeroed(1, sizeof(*t));

	if (getrandom(&t->seed, sizeof(t->seed), 0) != sizeof(t->seed))
		abort();
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

void
throttle_free(struct throttle *t)
{
	if (t == NULL)
		return;
	pthread_mutex_destroy(&t->lock);
	free(t);
}

struct ip
throttle_network(const char *client, bool wide)
{
	struct ip ip;

	if (!ip_parse(client, &ip))
		return (struct ip){0};
	if (ip.version == 6)
		return ip_network(&ip, wide ? 48 : 64);
	return ip_network(&ip, wide ? 24 : 32);
}

static size_t
throttle_set_of(const struct throttle *t, const struct ip *net, bool wide)
{
	uint64_t x = t->seed + wide;

	for (size_t i = 0; i < sizeof(net->bytes); i++) {
		x = (x ^ net->bytes[i]) * 0x9e3779b97f4a7c15u;
		x ^= x >> 29;
	}
	return x % SETS;
}

static bool
is_better_victim(const struct entry *e, const struct entry *than, int64_t now)
{
	if ((e->ends <= now) != (than->ends <= now))
		return e->ends <= now;
	return e->had < than->had;
}

/* The one that ends later than any that begins now is of a clock that was set
   back. */
static struct entry *
entry_of(struct throttle *t, const char *client, bool wide, int64_t now)
{
	struct ip net = throttle_network(client, wide);
	struct entry *set = t->entries[throttle_set_of(t, &net, wide)],
		     *victim = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].ends > now &&
		    set[i].ends <= now + THROTTLE_SECONDS &&
		    set[i].wide == wide && set[i].net.version == net.version &&
		    memcmp(set[i].net.bytes, net.bytes, sizeof(net.bytes)) == 0)
			return &set[i];
		if (is_better_victim(&set[i], victim, now))
			victim = &set[i];
	}
	*victim = (struct entry){
	    .net = net, .wide = wide, .ends = now + THROTTLE_SECONDS};
	return victim;
}

static struct entry *
full_of(struct entry *narrow, struct entry *wide, unsigned cost, unsigned most)
{
	if (narrow->had + cost > most)
		return narrow;
	return wide->had + cost > most * THROTTLE_NETWORK ? wide : NULL;
}

int64_t
throttle_take(struct throttle *t, const char *client, int64_t now,
    unsigned cost, unsigned most, bool *first)
{
	struct entry *narrow, *wide, *full;
	int64_t wait = 0;

	pthread_mutex_lock(&t->lock);
	wide = entry_of(t, client, true, now);
	narrow = entry_of(t, client, false, now);
	full = full_of(narrow, wide, cost, most);
	*first = full != NULL && !full->refused;
	if (full != NULL) {
		full->refused = true;
		wait = full->ends - now;
	} else {
		narrow->had += cost;
		wide->had += cost;
	}
	pthread_mutex_unlock(&t->lock);
	return wait;
}
