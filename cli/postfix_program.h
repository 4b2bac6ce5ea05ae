/* SPDX-License-Identifier: MIT */
/*
 * postfix_program - one of Postfix's own programs, run for what it prints.
 */
#pragma once

#include "command.h"

#include "base/process.h"

struct postfix_program {
	const char *name;        /* "postqueue" */
	const char *folder;      /* the option before the folder of main.cf if
				    one is given; it is "-c", mostly */
	const char *const *args; /* behind that */
	size_t n_args;
	/* All of a struct process but what it is told. */
	struct process process;
};

/* As process_run; program->process needs no argv, env or (if there is none)
   input.  RC_NONE: there is no such program on this machine. */
enum rc postfix_program_run(const struct invocation *in,
    const struct postfix_program *program, struct err *err);
