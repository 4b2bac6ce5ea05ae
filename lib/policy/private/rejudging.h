/* SPDX-License-Identifier: MIT */
/*
 * rejudging - one recorded decision on its way through another configuration.
 * Seen by rejudge*.c only.
 */
#pragma once

#include "policy/private/check_choice.h"
#include "policy/rejudge.h"

/* One decision on its way. */
struct rejudging {
	const struct decision *recorded;
	struct check_run run; /* of the new settings; makes the findings */
	unsigned char *ids;   /* whose each recorded finding is; CHECKS: no
				 check's */
	const struct finding *first[CHECKS]; /* of each check, or NULL */
	const char **unknown;
	size_t n_unknown, unknown_room;
};

/* That nobody knows what it would say: "helo_unknown". */
void rejudging_add_unknown(struct rejudging *r, const char *name);

/* False: it was skipped, for a reason that another configuration may not
   have. */
bool rejudging_was_asked(const struct finding *f);

/* The same finding with the settings that the check has now. */
struct finding *rejudging_found(struct rejudging *r, enum check_id id,
    const struct finding *f);

/* Those of dnsbl, or of rhsbl. */
void rejudging_lists(struct rejudging *r, enum check_id id);
