/* SPDX-License-Identifier: MIT */
/*
 * verdict - from findings to one answer.  Pure: no DNS, no store, no clock.
 * The same findings give the same verdict on every machine, so that the
 * whole policy can be tested from a table.
 */
#pragma once

#include "policy/finding.h"

#include <stddef.h>

enum verdict_action {
	VERDICT_ACCEPT,
	VERDICT_DEFER,
	VERDICT_REJECT
};

/* "accept", "defer", "reject" */
const char *verdict_action_name(enum verdict_action action);

struct verdict {
	enum verdict_action action;
	struct reply reply;            /* unless accepted */
	const struct finding *decider; /* NULL: accepted, or by points */
	int points;
};

/* A refusal for good goes before a score over reject_at, that before one for
   now, and within each the first finding wins.  Those in shadow count only
   with with_shadow, which tells what would be if none were. */
struct verdict verdict_of(const struct finding *findings, size_t n,
    int reject_at, bool with_shadow);
