/* SPDX-License-Identifier: MIT */
/*
 * decision_keeper_work - what the thread of the decision_keeper does, so that
 * tests can do it without the thread.
 */
#pragma once

#include "program/decision_keeper.h"
#include "program/private/decision_writer.h"

#include <pthread.h>
#include <stdatomic.h>

struct decision_keeper {
	struct decision_writer writer; /* of the thread, but for its queue */
	struct snapshots *snapshots;
	pthread_t thread;
	pthread_mutex_t lock; /* guards the next two */
	bool asked, ended;
	pthread_cond_t called;
	atomic_bool running; /* decisions are kept */
	atomic_bool stop;
	atomic_bool failing;           /* the last batch was not taken */
	atomic_int_least64_t room;     /* rows that 24 hours may still have */
	atomic_int_least64_t count_at; /* of clock_ms: when to ask that */
	bool counted;                  /* of the thread: it was asked once */
};

/* Decisions are taken in from now on; nobody writes them yet. */
void decision_keeper_begin(struct decision_keeper *k,
    struct snapshots *snapshots);

/* Asks the store how much room 24 hours have left. */
void decision_keeper_count(struct decision_keeper *k, const struct snapshot *s);
