/* SPDX-License-Identifier: MIT */
/*
 * worker_pool - threads that share out tasks: only as many work at once as the
 * machine has processors, whose caches they then have for themselves.
 *
 * A worker that blocks in the middle of a task (see blocking.h) lets another
 * one work.  When it comes back it finishes its task, even if one more than
 * planned is at work then, and parks after it.  So a task may take its time,
 * and its code is ordinary code that blocks.  Code that blocks without
 * saying so costs others their time; builds for development tell of it
 * (blocking_watch.h).  The threads are named "worker".
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

struct worker_pool;

/* Waits for something to do, and does it, in an arena that is empty at first.
   False: there will be no more to do, ever. */
typedef bool worker_pool_task_fn(void *context, struct arena *arena);

/* How many workers this machine needs: one for each processor, at least 2, so
   that one that blocks does not stop all. */
unsigned worker_pool_size(void);

/* All signals are blocked in its threads. */
enum rc worker_pool_open(unsigned at_work, worker_pool_task_fn *task,
    void *context, struct worker_pool **out, struct err *err);

/* Waits for all threads to end.  To be called when tasks return false. */
void worker_pool_close(struct worker_pool *pool);

/* The same for a pool with tasks that perhaps never return: the call does not
   wait, and whatever the tasks use must stay valid. */
void worker_pool_leave(struct worker_pool *pool);
