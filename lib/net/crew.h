/* SPDX-License-Identifier: MIT */
/*
 * crew - threads that share out work: only as many work at once as the machine
 * has processors, whose caches they then have for themselves.
 *
 * Who waits in the middle of a turn (see waiting.h) lets another one work; who
 * comes back from waiting finishes its turn even if one more than planned is
 * at work then, and rests after it.  So a turn may take its time, and the code
 * of a turn is ordinary code that blocks.  What blocks without saying so costs
 * others their time.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

struct crew;

/* Waits for something to do, and does it, in an arena that is empty at first.
   False: there will be no more to do, ever. */
typedef bool crew_turn_fn(void *context, struct arena *arena);

/* How many that is here: 2 at least, lest one that blocks stops all. */
unsigned crew_size(void);

/* All signals are blocked in its threads. */
enum rc crew_open(unsigned at_work, crew_turn_fn *turn, void *context,
    struct crew **out, struct err *err);

/* Once turns say that there is no more to do: waits for all threads to end. */
void crew_close(struct crew *crew);

/* The same for a crew of which some never come back, perhaps: nothing is waited
   for, and what the turns need must stay. */
void crew_leave(struct crew *crew);
