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

/* A refusal for good (5xx) goes before a score over reject_at, and that before
   one for now (4xx); within each, the first finding wins.  Findings in shadow
   mode count only if with_shadow is set, which gives the verdict as if no check
   were in shadow mode.  A finding that a member lets pass never counts, nor
   does what a list has against a client that another list lets pass. */
struct verdict verdict_of(const struct finding *findings, size_t n,
    int reject_at, bool with_shadow);

/* True: a list that counts lets the client pass. */
bool verdict_has_pass(const struct finding *findings, size_t n,
    bool with_shadow);

/* Would the list's finding count against the client, if no other list let it
   pass? */
bool verdict_yields(const struct finding *f);
