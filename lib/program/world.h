/* SPDX-License-Identifier: MIT */
/*
 * world - what a request is answered with: one configuration, the DNS and
 * the store that go with it.
 *
 * A reload puts a new world in place of the old, which lives on until the
 * last request that began in it has its answer.  DNS, store and the cache of
 * forwards are carried over, with all that they remember, if their settings
 * are the same; the health of a DNS list, as long as it is configured.
 */
#pragma once

#include "forwarding/forwards_cache.h"
#include "program/settings.h"

struct world {
	const struct settings *settings;
	struct dns *dns;
	struct store *store;
	struct forwards_cache *forwards; /* of that store */
	struct spf *spf;
	struct srs_tries *tries; /* of all worlds */
};

struct worlds;

/* Takes the settings over, also when it fails. */
enum rc worlds_open(struct settings *settings, struct worlds **out,
    struct err *err);
void worlds_close(struct worlds *worlds);

/* The present world.  *held is one that the thread has, or NULL: it is given
   back if another has taken its place.  While nothing changes this costs one
   atomic load. */
struct world *worlds_present(struct worlds *worlds, struct world *held);
void worlds_give_back(struct worlds *worlds, struct world *held);

/* Prepares another world; worlds_turn puts it in place, worlds_drop forgets
   it.  Only one thread may change worlds. */
enum rc worlds_prepare(struct worlds *worlds, struct settings *settings,
    struct world **out, struct err *err);
void worlds_turn(struct worlds *worlds, struct world *next);
void worlds_drop(struct worlds *worlds, struct world *prepared);
