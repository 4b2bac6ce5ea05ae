/* SPDX-License-Identifier: MIT */
/*
 * check_postfix - does the Postfix of this machine ask us, and leave what it
 * forwards as it is?  The wiring of conf/postfix/main.cf, line by line.
 */
#pragma once

#include "command.h"

struct postfix_look {
	const char *parameter; /* "disable_mime_output_conversion" */
	const char *words;     /* what is wrong, and how to mend it */
	bool must;             /* false: only good advice */
};

/* Those that are missing or contradict.  RC_NONE: there is no Postfix to ask;
   err says why. */
enum rc check_postfix(const struct invocation *in, struct postfix_look **out,
    size_t *n, struct err *err);
