/* SPDX-License-Identifier: MIT */
/*
 * report - what `postward check` has found out, line by line, and the exit
 * status that follows from it.
 */
#pragma once

#include "command.h"

enum report_state {
	REPORT_FINE,
	REPORT_WARN,
	REPORT_FIX,
	REPORT_RETRY /* to be fixed too, but may mend itself */
};

struct report;

/* The report lives in the arena, as must the words of its lines. */
struct report *report_new(struct arena *a);

/* Adds a line about one thing that was looked at.  The words say how to mend
   it. */
void report_add(struct report *r, enum report_state state, const char *what,
    const char *words);

/* Prints all lines.  Returns the exit status: EXIT_NO if there is something to
   fix, EXIT_TRY_LATER if all of that may mend itself, else EXIT_DONE. */
int report_print(const struct report *r, const struct invocation *in);
