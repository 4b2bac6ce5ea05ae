/* SPDX-License-Identifier: MIT */
/*
 * snapshot - what a request is answered with: one configuration, the DNS and
 * the store that go with it.
 *
 * A reload publishes a new snapshot in place of the old, which lives on until
 * the last request that began with it has its answer.  DNS, store and the cache
 * of forwards are carried over, with all that they remember, if their settings
 * are the same; the health of a DNS list, as long as it is configured; what is
 * known of the record of a key that mail is signed with, as long as that is
 * there.
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
	struct srs_tries *tries; /* of all snapshots */
	/* NULL: nothing is signed. */
	struct signing_keys *signing_keys;
};

struct snapshots;

/* Takes the settings over, also when it fails. */
enum rc snapshots_open(struct settings *settings, struct snapshots **out,
    struct err *err);
void snapshots_close(struct snapshots *snapshots);

/* The present snapshot.  *held is one that the thread has, or NULL: it is
   released if another has taken its place.  While nothing changes this costs
   one atomic load. */
struct snapshot *snapshots_acquire(struct snapshots *snapshots,
    struct snapshot *held);
void snapshots_release(struct snapshots *snapshots, struct snapshot *held);

/* Prepares another snapshot; snapshots_publish puts it in place, snapshots_drop
   frees it.  Only one thread may change snapshots. */
enum rc snapshots_prepare(struct snapshots *snapshots,
    struct settings *settings, struct snapshot **out, struct err *err);
void snapshots_publish(struct snapshots *snapshots, struct snapshot *next);
void snapshots_drop(struct snapshots *snapshots, struct snapshot *prepared);
