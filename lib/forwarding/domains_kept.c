/* SPDX-License-Identifier: MIT */
#include "forwarding/private/domains_kept.h"

#include "base/memory.h"
#include "base/siphash.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define WAYS  ((size_t)8) /* slots of a set */
#define LOCKS ((size_t)64)

/* One name: a part of its hash, of which 0 is no name; when the store was
   asked, in clock_coarse_ms; and what it said.  12 bytes: there are many. */
struct kept_slot {
	uint64_t tag : 48;
	uint64_t at : 39;
	uint64_t mark : 9;
} __attribute__((packed, aligned(4)));

_Static_assert(sizeof(struct kept_slot) == 12, "a slot is larger than is said");

/* A name may be in two sets, which have a lock in common. */
struct kept_place {
	uint64_t tag;
	struct kept_slot *sets[2];
	pthread_mutex_t *lock;
};

struct domains_kept {
	struct siphash_key key;
	size_t n_sets; /* a power of two, from LOCKS on */
	struct kept_slot (*sets)[WAYS];
	pthread_mutex_t locks[LOCKS];
};

struct domains_kept *
domains_kept_new(size_t names)
{
	struct domains_kept *kept = memory_zeroed(1, sizeof(*kept));

	kept->key = siphash_key_new();
	kept->n_sets = names / WAYS;
	kept->sets = memory_zeroed(kept->n_sets, sizeof(*kept->sets));
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_init(&kept->locks[i], NULL);
	return kept;
}

void
domains_kept_free(struct domains_kept *kept)
{
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&kept->locks[i]);
	free(kept->sets);
	free(kept);
}

static struct kept_place
kept_place_of(struct domains_kept *kept, const char *name)
{
	uint64_t hash = siphash(&kept->key, name, strlen(name));
	uint64_t tag = hash >> 16 == 0 ? 1 : hash >> 16;
	size_t set = hash % kept->n_sets;

	return (struct kept_place){
	    .tag = tag,
	    .sets = {kept->sets[set],
		kept->sets[(set ^ tag * LOCKS) % kept->n_sets]},
	    .lock = &kept->locks[set % LOCKS],
	};
}

static struct kept_slot *
kept_slot_find(const struct kept_place *p)
{
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < WAYS; i++)
			if (p->sets[k][i].tag == p->tag)
				return &p->sets[k][i];
	return NULL;
}

struct kept_domain
domains_kept_find(struct domains_kept *kept, const char *name)
{
	struct kept_place p = kept_place_of(kept, name);
	struct kept_domain known = {-1, 0};
	const struct kept_slot *slot;

	pthread_mutex_lock(p.lock);
	slot = kept_slot_find(&p);
	if (slot != NULL)
		known = (struct kept_domain){
		    (int64_t)slot->at, (unsigned)slot->mark};
	pthread_mutex_unlock(p.lock);
	return known;
}

/* Of two slots, is the first the better one to give up?  A domain that is
   served is worth more than any that is not. */
static bool
kept_slot_is_worth_less(const struct kept_slot *a, const struct kept_slot *b)
{
	bool served = (a->mark & DOMAINS_KEPT_LONGEST) != 0;

	if (a->tag == 0 || b->tag == 0)
		return b->tag != 0;
	if (served != ((b->mark & DOMAINS_KEPT_LONGEST) != 0))
		return !served;
	return a->at < b->at;
}

static size_t
kept_slots_free(const struct kept_slot *set)
{
	size_t n = 0;

	for (size_t i = 0; i < WAYS; i++)
		n += set[i].tag == 0;
	return n;
}

/* In the set that has more room, first: else many would find theirs full. */
static struct kept_slot *
kept_slot_to_give_up(const struct kept_place *p)
{
	bool second = kept_slots_free(p->sets[1]) > kept_slots_free(p->sets[0]);
	struct kept_slot *worst = p->sets[second];

	for (size_t i = 0; i < 2 * WAYS; i++) {
		struct kept_slot *slot =
		    &p->sets[(i >= WAYS) != second][i % WAYS];

		if (kept_slot_is_worth_less(slot, worst))
			worst = slot;
	}
	return worst;
}

void
domains_kept_put(struct domains_kept *kept, const char *name, int64_t now,
    unsigned mark)
{
	struct kept_place p = kept_place_of(kept, name);
	struct kept_slot *slot;

	pthread_mutex_lock(p.lock);
	slot = kept_slot_find(&p);
	if (slot == NULL)
		slot = kept_slot_to_give_up(&p);
	slot->tag = p.tag & (((uint64_t)1 << 48) - 1);
	slot->at = (uint64_t)now & (((uint64_t)1 << 39) - 1);
	slot->mark = mark & 511u;
	pthread_mutex_unlock(p.lock);
}
