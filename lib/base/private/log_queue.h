/* SPDX-License-Identifier: MIT */
/*
 * log_queue - log lines that wait for the thread that writes them, so that a
 * thread that logs never waits for the reader of the log.  Internal to log.c.
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

/* Writes the line at once, in the calling thread. */
void log_queue_write(const struct log_line *line);

/* Starts the thread if it does not run.  When lines were lost, the thread calls
   say_lost after the lines that were kept; say_lost calls log_queue_write,
   never log_queue_add.  If no thread can be started, log_queue_add keeps
   returning false.  One thread calls start and stop. */
void log_queue_start(void (*say_lost)(unsigned lines));

/* False: there is no thread to write it. */
bool log_queue_add(const struct log_line *line);

/* Waits until all lines are written, at most 5 s, and ends the thread.  A
   thread that is stuck is left as it is: later lines are queued and lost. */
void log_queue_stop(void);
