/* SPDX-License-Identifier: MIT */
/*
 * trace_judged - a decision about a mail, in plain words.  Pure.
 */
#pragma once

#include "trace_story.h"

#define TRACE_JUDGED_MAX 4

/* What was decided, what would have been, what becomes of its copy, and what is
   changed in it: how many of these there are; in the arena. */
size_t trace_judged_words(struct arena *a, const struct trace_decision *d,
    const char *out[static TRACE_JUDGED_MAX]);
