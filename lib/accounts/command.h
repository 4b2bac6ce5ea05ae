/* SPDX-License-Identifier: MIT */
/*
 * command - runs a program of the administrator's: nothing of ours gets into
 * it but what is given here.  Seen by lib/accounts only.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* Shown of what it says; the rest is read and forgotten. */
#define COMMAND_LINES_MOST 100
#define COMMAND_LINE_MOST  500

struct command {
	const char *const *argv; /* the first is a path; there is no PATH */
	size_t n_argv;
	const char *const *env; /* "NAME=value"..., ended by NULL */
	const char *input;      /* all of its standard input */
	int64_t timeout_ms;     /* then it and its children are killed */
	/* Each line of its output, printable, without its end. */
	void (*line)(void *context, const char *line);
	void *context;
};

/* RC_OK: it ended with the exit status 0.  RC_TEMP: not; err says how, and
   what it said last. */
enum rc command_run(struct arena *a, const struct command *command,
    struct err *err);
