/* SPDX-License-Identifier: MIT */
/*
 * dns_review - the records that are wanted, and what DNS has: one judgement for
 * `postward dns --check` and `postward check`.
 */
#pragma once

#include "dns_judge.h"

#include "program/settings.h"

/* Starts zeroed but for `of`, which dns_site_read fills; it stays where it
   is. */
struct dns_review {
	struct dns_wanted_of of;
	struct dns_wanted *all;
	struct dns_judged *judged; /* as many as all */
	size_t n;
	struct dns_judging judging;
};

/* The records of a domain, or of all: domain NULL.  Asks nothing. */
void dns_review_plan(struct dns_review *review, struct arena *a,
    const char *domain);

/* Asks in two rounds, judges; what was added to judging.facts before is asked
   in the first. */
void dns_review_ask(struct dns_review *review, struct arena *a,
    const struct settings *settings, struct dns *dns);
