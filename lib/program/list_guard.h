/* SPDX-License-Identifier: MIT */
/*
 * list_guard - one thread that tests every DNS list at the start, after each
 * reload and hourly, those with a fault more often, and logs which of them
 * falls ill and which is well again.
 *
 * It asks over a DNS of its own, without a cache, which is there as long as a
 * round of tests.  Lists that are turned off are not tested.
 */
#pragma once

#include "program/snapshot.h"

struct list_guard;

/* Does that configuration ask lists at all? */
typedef bool list_guard_wanted_fn(const struct settings *settings);

/* Tests the lists before it returns, for at most list-deadline: no request is
   answered by a list of which nothing is known.  RC_TEMP: there can be no more
   threads. */
enum rc list_guard_open(struct snapshots *snapshots,
    list_guard_wanted_fn *wanted, struct list_guard **out, struct err *err);

/* The same for the lists of a configuration that is to come. */
void list_guard_meet(struct list_guard *guard, const struct settings *settings);

/* Has every list tested now, in the snapshot that is present. */
void list_guard_look(struct list_guard *guard);

/* Ends it, without waiting for lists.  False: it is still waiting for an
   answer, and uses the snapshots: leave those be. */
bool list_guard_close(struct list_guard *guard);

enum list_guard_which {
	LIST_GUARD_ALL,
	LIST_GUARD_DUE,
	LIST_GUARD_NEW /* never tested */
};

/* One round.  What was found is not taken over if *stop. */
void list_guard_round(const struct policy_settings *policy, struct dns *dns,
    enum list_guard_which which, const atomic_bool *stop);
