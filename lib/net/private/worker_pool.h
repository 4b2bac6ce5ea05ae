/* SPDX-License-Identifier: MIT */
/*
 * worker_pool - threads that share out tasks.  Only as many threads work at
 * once as the machine has processors, so that each keeps a processor and its
 * cache to itself.
 *
 * A worker that is about to block in the middle of a task (see blocking.h) lets
 * another worker work.  When it wakes it finishes its task, even if one worker
 * too many is then at work, and parks.  So a task may take its time, and its
 * code is ordinary code that blocks.  Code that blocks without announcing it
 * costs other tasks their time; builds for development report it
 * (blocking_watch.h).  The threads are named "worker".
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

struct worker_pool;

/* One task: waits for something to do and does it, in an arena that is empty at
   first.  False: there will never be anything to do again. */
typedef bool worker_pool_task_fn(void *context, struct arena *arena);

/* Returns how many workers should be at work on this machine: one for each
   processor, and at least 2, so that a worker that blocks unannounced does not
   stop all tasks. */
unsigned worker_pool_size(void);

/* Starts the threads; at_work of them work at once.  All signals are blocked in
   them.  RC_TEMP: the system gives no thread. */
enum rc worker_pool_open(unsigned at_work, worker_pool_task_fn *task,
    void *context, struct worker_pool **out, struct err *err);

/* Waits for all threads to end, and frees the pool.  To be called when tasks
   return false. */
void worker_pool_close(struct worker_pool *pool);

/* The same for a pool with tasks that may never return: the call does not wait,
   and whatever the tasks use must stay valid. */
void worker_pool_leave(struct worker_pool *pool);
