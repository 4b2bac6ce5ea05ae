/* SPDX-License-Identifier: MIT */
/*
 * log - what the programs tell their operator.  Libraries return, programs
 * log.
 *
 * log_error: the operator must act.  log_warn: the operator may want to know.
 * log_info: a decision.  log_debug: off.  Every line is one line: bytes that
 * are not printable text are escaped here, whoever sent them.  A line is cut
 * at 4 KiB; "..." shows where.
 *
 * As text, "error: " or "warning: " comes before what is more than a
 * decision.  To stderr it begins "postward/PROGRAM[PID]: ", and journald or
 * syslog adds the time.  As JSON it is one object of strings: time, level,
 * program, and message or the pairs of the event.
 */
#pragma once

#include "base/err.h"

#include "base/metric.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

struct log_settings {
	const char *to;     /* "syslog" (facility mail) or "stderr" */
	const char *level;  /* "error", "warn", "info", "debug" */
	const char *format; /* "text" or "json": one object a line */
};

/* May be called again, on a reload, with the same program, while other
   threads log.  program is kept, not copied.  Until the first call, lines go
   to stderr as text from level info on. */
void log_open(const char *program, const struct log_settings *settings);

/* For daemons; may be called again on a reload.  From now on a thread writes
   the lines, in the order of the calls, and no caller waits for the reader of
   the log.  When more than 15 MiB of lines wait (16 for errors and warnings),
   further lines are lost, and a warning says how many.  At exit(3) and abort(3)
   the lines that wait are written, for at most 5 s.

   Without this call, a line is written before the function that logs it
   returns. */
void log_start(void);

/* How many lines were lost. */
extern struct metric_family log_lines_lost;

/* Writes the lines that wait, as at exit, and ends the thread.  To be called
   before _exit(2). */
void log_stop(void);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One decision: key=value pairs in the order given.  A value that is empty or
   holds a space, '"' or '=' is put in quotes, and '"' and '\' in it get a '\'
   before them.  A pair whose value is NULL is left out.  Keys are plain
   words. */
struct log_pair {
	const char *key, *value;
};

void log_event(enum log_level level, const struct log_pair *pairs, size_t n);

/* For trouble that every request would meet again: the first line is
   written, then one a minute, which says how many were held back.  limit
   starts zeroed and may be shared by threads. */
struct log_limit {
	_Atomic int64_t next_ms;
	atomic_uint held_back;
};

void log_error_limited(struct log_limit *limit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
