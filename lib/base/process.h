/* SPDX-License-Identifier: MIT */
/*
 * process - runs a program and reads its output.  The program inherits nothing
 * but what is given here, and is killed when its time is over.
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
	/* The most lines, and the most bytes of one line, that are handed to
	   `line`.  The rest of the output is read and dropped. */
	size_t lines_max, line_max;
	bool without_errors; /* its standard error is not read */
	/* Each line of its output, printable, without its end. */
	void (*line)(void *context, const char *line);
	/* The bytes of its output as they come, all of them; may be NULL, and
	   so may line. */
	void (*bytes)(void *context, const char *bytes, size_t len);
	void *context;
};

/* RC_OK: the program ended with the exit status 0.  RC_TEMP: it ended otherwise
   or could not be started; err says how, and has its last line of output. */
enum rc process_run(struct arena *a, const struct process *process,
    struct err *err);

/* Returns the path of a program: in a folder of PATH, or in /usr/sbin, which
   many users do not have in PATH.  NULL: there is no such program. */
const char *process_find(struct arena *a, const char *name);
