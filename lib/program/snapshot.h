/* SPDX-License-Identifier: MIT */
/*
 * snapshot - what a request is answered with: one configuration, the DNS and
 * the store that go with it.
 *
 * A reload publishes a new snapshot in place of the old, which lives on until
 * the last request that began with it has its answer.  The new snapshot takes
 * over DNS, store, directory and the cache of forwards, with all that they
 * keep, where their settings are the same; the health of each DNS list that is
 * still configured; and what is known of the DNS record of each signing key
 * that is still there.
 */
#pragma once

#include "forwarding/forwards_cache.h"
#include "program/settings.h"

struct snapshot {
	const struct settings *settings;
	struct dns *dns;
	struct store *store;
	struct forwards_cache *forwards; /* of that store */
	struct spf *spf;
	struct srs_tries *tries;        /* of all snapshots */
	struct greylist *greylist;      /* the same */
	struct rates *rates;            /* the same */
	struct decision_keeper *keeper; /* the same */
	/* NULL: nothing is signed. */
	struct signing_keys *signing_keys;
};

struct snapshots;

/* Keeps decisions for all snapshots. */
struct decision_keeper *snapshots_keeper(const struct snapshots *snapshots);

/* Makes the first snapshot.  The settings belong to it from now on, and are
   freed even on an error. */
enum rc snapshots_open(struct settings *settings, struct snapshots **out,
    struct err *err);
void snapshots_close(struct snapshots *snapshots);

/* Returns the present snapshot.  held is the snapshot that the thread has now,
   or NULL; it is released if another snapshot has been published.  While
   nothing changes a call costs one atomic load. */
struct snapshot *snapshots_acquire(struct snapshots *snapshots,
    struct snapshot *held);
void snapshots_release(struct snapshots *snapshots, struct snapshot *held);

/* Prepares another snapshot, to which the settings then belong, even on an
   error. snapshots_publish puts it in place, snapshots_drop frees it.  Only one
   thread may change snapshots. */
enum rc snapshots_prepare(struct snapshots *snapshots,
    struct settings *settings, struct snapshot **out, struct err *err);
void snapshots_publish(struct snapshots *snapshots, struct snapshot *next);
void snapshots_drop(struct snapshots *snapshots, struct snapshot *prepared);
