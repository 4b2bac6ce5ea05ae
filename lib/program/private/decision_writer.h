/* SPDX-License-Identifier: MIT */
/*
 * decision_writer - writes what waits in a decision_queue into the store, in
 * small batches.  One thread uses it; it neither logs nor sleeps.
 */
#pragma once

#include "program/private/decision_queue.h"

/* Rows of one transaction: others write in between, and whoever answers on the
   same processor waits for two milliseconds at most. */
#define DECISION_BATCH_ROWS ((size_t)20)
/* After so many tries the rows of a batch are given up. */
#define DECISION_TRIES 5

struct decision_writer {
	struct decision_queue *queue;
	struct decision_waiting *taken; /* out of the queue, not yet written */
	unsigned failures; /* of the batch that is next, in a row */
};

/* Writes the next batch.  RC_OK: its rows are in the store, and counted.
   RC_NONE: nothing waits.  RC_TEMP: the store did not take them, and they stay
   for another try, or are given up and counted as lost. */
enum rc decision_writer_batch(struct decision_writer *w, struct store *store,
    const char *host, struct err *err);

/* Gives up all that waits, counts it as lost by that cell of decisions_lost,
   and returns how many rows it was. */
size_t decision_writer_drop(struct decision_writer *w, size_t lost);
