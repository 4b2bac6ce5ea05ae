/* SPDX-License-Identifier: MIT */
#include "policy/srs_tries.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SETS   ((size_t)2048) /* a power of two */
#define WAYS   4
#define MINUTE ((int64_t)60 * 1000)

/* Networks in which tries are counted, how many wrong ones are let pass at
   once, and after how long one more is. */
static const struct level {
	uint8_t version;
	unsigned bits;
	int64_t at_once, each_ms;
} levels[] = {
    {4, 32, 5, 10 * MINUTE},
    {4, 24, 20, 3 * MINUTE},
    {6, 64, 5, 10 * MINUTE},
    {6, 48, 20, 3 * MINUTE},
    {6, 32, 80, MINUTE},
};

#define LEVELS (sizeof(levels) / sizeof(*levels))

/* even_ms: when all wrong tries of the network are forgotten.  An empty slot
   has the version 0, and its time is long over. */
struct slot {
	struct ip network;
	unsigned bits;
	int64_t even_ms;
};

struct srs_tries {
	pthread_mutex_t lock;
	uint64_t seed;
	struct slot slots[SETS][WAYS];
};

static struct metric_cell wrong_cells[1], slowed_cells[1];

struct metric_family srs_wrong_hashes = {
    .name = "postward_srs_wrong_hashes_total",
    .help = "Recipients that were SRS addresses with a wrong hash.",
    .n = 1,
    .cells = wrong_cells,
};

struct metric_family srs_slowed = {
    .name = "postward_srs_slowed_total",
    .help = "SRS addresses put off, as the client was wrong too often.",
    .n = 1,
    .cells = slowed_cells,
};

struct srs_tries *
srs_tries_new(void)
{
	struct srs_tries *t = memory_zeroed(1, sizeof(*t));

	pthread_mutex_init(&t->lock, NULL);
	if (getrandom(&t->seed, sizeof(t->seed), 0) < 0)
		abort();
	for (size_t s = 0; s < SETS; s++)
		for (size_t w = 0; w < WAYS; w++)
			t->slots[s][w].even_ms = INT64_MIN;
	return t;
}

void
srs_tries_free(struct srs_tries *t)
{
	if (t == NULL)
		return;
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static struct ip
network_of(const struct ip *client, unsigned bits)
{
	struct ip network = {.version = client->version};

	memcpy(network.bytes, client->bytes, bits / 8);
	return network;
}

static struct slot *
tries_set_of(struct srs_tries *t, const struct ip *network, unsigned bits)
{
	uint64_t hash = t->seed ^ bits;

	for (size_t i = 0; i < sizeof(network->bytes); i++) {
		hash = (hash ^ network->bytes[i]) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 29;
	}
	return t->slots[hash >> 32 & (SETS - 1)];
}

/* Returns the slot of the network; NULL: it was never wrong, or that is
   forgotten. */
static struct slot *
find_slot(struct slot *set, const struct ip *network, unsigned bits)
{
	for (size_t w = 0; w < WAYS; w++)
		if (set[w].bits == bits && ip_equal(&set[w].network, network))
			return &set[w];
	return NULL;
}

static struct slot *
take_slot(struct slot *set, const struct ip *network, unsigned bits)
{
	struct slot *slot = find_slot(set, network, bits);

	if (slot != NULL)
		return slot;
	slot = &set[0];
	for (size_t w = 1; w < WAYS; w++)
		if (set[w].even_ms < slot->even_ms)
			slot = &set[w];
	*slot = (struct slot){*network, bits, INT64_MIN};
	return slot;
}

static bool
is_counted(const struct ip *client)
{
	return client->version != 0 && !ip_is_loopback(client);
}

bool
srs_tries_must_wait(struct srs_tries *t, const struct ip *client,
    int64_t now_ms)
{
	bool must_wait = false;

	if (!is_counted(client))
		return false;
	pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < LEVELS; i++) {
		const struct level *l = &levels[i];
		struct ip network = network_of(client, l->bits);
		struct slot *slot;

		if (l->version != client->version)
			continue;
		slot = find_slot(tries_set_of(t, &network, l->bits), &network,
		    l->bits);
		must_wait |=
		    slot != NULL &&
		    slot->even_ms > now_ms + (l->at_once - 1) * l->each_ms;
	}
	pthread_mutex_unlock(&t->lock);
	if (must_wait)
		metric_add(&srs_slowed, 0, 1);
	return must_wait;
}

void
srs_tries_wrong(struct srs_tries *t, const struct ip *client, int64_t now_ms)
{
	metric_add(&srs_wrong_hashes, 0, 1);
	if (!is_counted(client))
		return;
	pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < LEVELS; i++) {
		const struct level *l = &levels[i];
		struct ip network = network_of(client, l->bits);
		struct slot *slot;

		if (l->version != client->version)
			continue;
		slot = take_slot(tries_set_of(t, &network, l->bits), &network,
		    l->bits);
		if (slot->even_ms < now_ms)
			slot->even_ms = now_ms;
		slot->even_ms += l->each_ms;
	}
	pthread_mutex_unlock(&t->lock);
}
