/* SPDX-License-Identifier: MIT */
/*
 * list_guard - a thread that tests every DNS list at the start, after each
 * reload and hourly, and lists with a fault more often.  It logs which list has
 * a fault, and which is well again.
 *
 * The tests ask over a dns of their own, without a cache, which is open only
 * during a round of tests.  Lists that are turned off are not tested.
 */
#pragma once

#include "program/snapshot.h"

struct list_guard;

/* True: with that configuration the program asks lists. */
typedef bool list_guard_wanted_fn(const struct settings *settings);

/* Starts the thread.  Before it returns it tests all lists, for at most
   list-deadline, so that no request is judged by a list of which nothing is
   known.  RC_TEMP: the system gives no thread. */
enum rc list_guard_open(struct snapshots *snapshots,
    list_guard_wanted_fn *wanted, struct list_guard **out, struct err *err);

/* Tests those lists of a configuration that were never tested, before it is
   published. */
void list_guard_meet(struct list_guard *guard, const struct settings *settings);

/* Has the thread test every list of the present snapshot now. */
void list_guard_look(struct list_guard *guard);

/* Ends the thread, without waiting for answers of lists.  False: the thread
   still waits for one and uses the snapshots, which must not be freed. */
bool list_guard_close(struct list_guard *guard);

enum list_guard_which {
	LIST_GUARD_ALL,
	LIST_GUARD_DUE,
	LIST_GUARD_NEW /* lists that were never tested */
};

/* One round of tests.  If *stop is set meanwhile, their results are dropped. */
void list_guard_round(const struct policy_settings *policy, struct dns *dns,
    enum list_guard_which which, const atomic_bool *stop);
