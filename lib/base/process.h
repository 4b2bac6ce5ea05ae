/* SPDX-License-Identifier: MIT */
/*
 * process - runs a program and reads what it says: nothing of ours gets into
 * it but what is given here, and it never outlives its time.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct process {
	const char *const
	    *argv; /* the first is a path; PATH is not looked at */
	size_t n_argv;
	const char *const *env; /* "NAME=value"..., ended by NULL */
	const char *input;      /* all of its standard input */
	int64_t timeout_ms;     /* then it and its process group are killed */
	/* What is handed to `line` at most, in lines and in bytes of one; the
	   rest is read and forgotten. */
	size_t lines_max, line_max;
	bool without_errors; /* its standard error is not read */
	/* Each line of its output, printable, without its end. */
	void (*line)(void *context, const char *line);
	void *context;
};

/* RC_OK: the program ended with the exit status 0.  RC_TEMP: it did not, or
   could not be started; err says how, and what it said last. */
enum rc process_run(struct arena *a, const struct process *process,
    struct err *err);

/* Where a program of that name is: in a folder of PATH, or in /usr/sbin, which
   PATH lacks for many users.  NULL: nowhere. */
const char *process_find(struct arena *a, const char *name);
