/* SPDX-License-Identifier: MIT */
/*
 * log_queue - lines that wait for a thread of their own to write them, so
 * that whoever has something to say never waits for whoever reads it.
 * Internal to log.c.
 *
 * At most 16 MiB wait, and as much again is being written; a queue with
 * nothing in it has 256 KiB at most.  The last MiB is for lines that matter.
 * A line that finds no room is lost, and counted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct log_line {
	bool syslog; /* else stderr; text then ends with a newline */
	bool matters;
	int priority;     /* of syslog(3) */
	const char *text; /* ended by a NUL, which len does not count */
	size_t len;
};

/* Now, by this thread. */
void log_queue_write(const struct log_line *line);

/* Starts the thread, if it does not run.  It calls say_lost, after those
   that were kept, when lines were lost; say_lost writes, and does not
   add.  Without a thread, log_queue_add goes on to say no.  Start and stop are
   for one thread. */
void log_queue_start(void (*say_lost)(unsigned lines));

/* False: there is no thread to write it. */
bool log_queue_add(const struct log_line *line);

/* Waits until all is written, at most 5 s, and ends the thread.  Where it is
   stuck, it is left so: what comes later is queued, and lost with it. */
void log_queue_stop(void);
