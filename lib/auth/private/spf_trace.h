/* SPDX-License-Identifier: MIT */
/*
 * spf_trace - an SPF check told line by line, for who debugs a record.
 */
#pragma once

#include "base/arena.h"
#include "net/dns.h"

#include <stddef.h>

struct spf_trace {
	struct arena *arena; /* NULL: nothing is told */
	const char **lines;
	size_t n, room;
};

/* Adds a line, indented by depth. */
void spf_trace(struct spf_trace *t, size_t depth, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds the question and what was answered. */
void spf_trace_answer(struct spf_trace *t, size_t depth,
    const struct dns_query *query);
