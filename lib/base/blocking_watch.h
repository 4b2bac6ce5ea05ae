/* SPDX-License-Identifier: MIT */
/*
 * blocking_watch - in builds for development (POSTWARD_WATCH_BLOCKING), the
 * time that a task sleeps without saying so (blocking.h).
 *
 * A thread sleeps when it neither runs nor waits for a processor: it is in a
 * system call, waits for a lock, or for a page from the disk.  Linux counts
 * the time that a thread runs and the time that it waits for a processor
 * (proc_pid_schedstat(5)); what is left of the clock's time is sleep.  A busy
 * machine is therefore not taken for a task that blocks.  One mistake
 * remains: a lock whose holder waits for a processor looks like sleep.
 *
 * In other builds these calls do nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A task that sleeps for longer keeps others from a processor that is free. */
#define BLOCKING_WATCH_MS 50

/* Around a task of the calling thread.  blocking_watch_end returns for how many
   milliseconds the task slept without saying so; 0 where that is not known. */
void blocking_watch_begin(void);
int64_t blocking_watch_end(void);

/* blocking.c calls these around sleep that was announced: it is not counted.
   They do nothing outside of a task. */
void blocking_watch_pause(void);
void blocking_watch_resume(void);

/* False: this build does not watch, or Linux does not tell. */
bool blocking_watch_works(void);
