/* SPDX-License-Identifier: MIT */
/*
 * trace_ask - what `postward trace` was asked, and what the store knows of it.
 */
#pragma once

#include "command.h"
#include "trace_story.h"

/* No more decisions are read at once. */
#define TRACE_DECISIONS_MAX 20000

/* false: something is wrong with the options, which was said. */
bool trace_ask_read(struct invocation *in, struct log_wanted *out);

struct trace_decisions {
	const struct trace_decision **all; /* by their times */
	size_t n, room;
	bool cut; /* there are more */
};

/* Those that are about who is asked for. */
enum rc trace_decisions_read(struct invocation *in, struct store *store,
    const struct log_wanted *wanted, struct trace_decisions *out,
    struct err *err);

/* Adds those about mail that only the log has told of so far. */
enum rc trace_decisions_more(struct invocation *in, struct store *store,
    const struct log_mails *log, struct trace_decisions *out, struct err *err);
