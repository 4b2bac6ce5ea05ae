/* SPDX-License-Identifier: MIT */
/*
 * decision_queue - decisions that wait to be written into the store: in memory,
 * bounded, in the order in which they came.
 *
 * Any thread may add; one thread takes.  Nobody waits for anything but another
 * thread that adds at the same time.
 */
#pragma once

#include "store/decision_table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More rows, or bytes, do not wait: a burst of three to five seconds, at the
   pace at which they are written.  A decision of many lists has some 2 kB. */
#define DECISION_QUEUE_ROWS  ((size_t)1024)
#define DECISION_QUEUE_BYTES ((size_t)512 * 1024)

/* One decision, a row for each of its accounts; made of one piece of memory. */
struct decision_waiting {
	struct decision_waiting *next;
	int64_t at_ms; /* since 1970 */
	enum decision_action action;
	const char *sender, *queue_id, *record; /* as in decision_row */
	const char **accounts;
	size_t n_accounts;
	size_t bytes;
	char id[32]; /* of who takes: "" at first */
	size_t done; /* the same: rows that are written */
};

struct decision_queue;

struct decision_queue *decision_queue_new(void);
/* Frees what waits, too. */
void decision_queue_free(struct decision_queue *q);

/* False: there is no room for so many rows.  What this says may be over in the
   next moment. */
bool decision_queue_has_room(const struct decision_queue *q, size_t rows);

/* Adds a copy of the decision.  False: there is no room for it.  *woken: the
   one who takes may be asleep, and has to be called. */
bool decision_queue_add(struct decision_queue *q,
    const struct decision_waiting *w, bool *woken);

/* Takes all that waits, the oldest first; NULL: nothing does, and the next one
   to be added calls.  What is taken has its room until decision_queue_leave. */
struct decision_waiting *decision_queue_take(struct decision_queue *q);

/* Frees what was taken. */
void decision_queue_leave(struct decision_queue *q,
    struct decision_waiting *taken);

/* Rows that have room, also those that are taken and not yet left. */
size_t decision_queue_rows(const struct decision_queue *q);
