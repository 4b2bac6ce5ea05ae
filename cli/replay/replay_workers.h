/* SPDX-License-Identifier: MIT */
/*
 * replay_workers - threads, as many as there are processors, that look at
 * records in batches while another thread reads more of them.
 */
#pragma once

#include "base/arena.h"

#include <stddef.h>
#include <stdint.h>

#define REPLAY_BATCH 256

struct replay_record {
	const char *text, *account; /* account NULL: a line, not a row */
	int64_t at;
};

/* The texts live in the batch's arena. */
struct replay_batch {
	struct replay_batch *next;
	struct arena *arena;
	struct replay_record records[REPLAY_BATCH];
	size_t n;
};

/* Called by several threads at once, each with an arena of its own. */
typedef void replay_work(void *context, const struct replay_record *record,
    struct arena *scratch);

struct replay_workers;

struct replay_workers *replay_workers_start(replay_work *work, void *context);

/* An empty batch, to be given back by replay_workers_put, full or not.  Waits
   until there is one. */
struct replay_batch *replay_workers_take(struct replay_workers *w);
void replay_workers_put(struct replay_workers *w, struct replay_batch *batch);

/* Waits until all are done with, and ends the threads. */
void replay_workers_end(struct replay_workers *w);
