/* SPDX-License-Identifier: MIT */
/*
 * dmarc_walk - the DNS tree walk (RFC 9989 4.10), over answers that are known.
 * Pure.
 */
#pragma once

#include "auth/dmarc.h"

enum dmarc_walk_end {
	DMARC_WALK_WHOLE,
	DMARC_WALK_UNASKED, /* an answer is not among those known */
	DMARC_WALK_FAILED,  /* an error of DNS; problem says which */
};

struct dmarc_step {
	const char *domain;
	const char *query; /* "_dmarc." and the domain */
	bool found;        /* it has one record, and no more */
	struct dmarc_record record;
};

struct dmarc_walk {
	const char *start;
	struct dmarc_step steps[DMARC_WALK_MAX];
	size_t n; /* steps that were taken, the last one perhaps in vain */
	enum dmarc_walk_end end;
	const char *problem;
	/* The organization (4.10.2); after an error the highest that it could
	   be; NULL if something was not asked. */
	const char *org;
	const struct dmarc_step
	    *own; /* that of the start, if it has a record */
	const struct dmarc_step *psd; /* above the start, with psd=y */
};

/* The steps of a walk from a domain up, if nothing ends it; returns their
   number.  A name too long to be asked is left out. */
size_t dmarc_walk_steps(struct arena *a, const char *start,
    struct dmarc_step out[static DMARC_WALK_MAX]);

void dmarc_walk_take(struct arena *a, const char *start,
    const struct dns_query *known, size_t n_known, struct dmarc_walk *out);

/* The record that has the policy for the start: its own, else that of the
   organization, else that of the public suffix above it, and none in between
   (4.10.1).  NULL: there is none, or nobody knows. */
const struct dmarc_step *dmarc_walk_policy(const struct dmarc_walk *walk);

/* The answer to a question for TXT; NULL: it is not known. */
const struct dns_query *dmarc_answer(const char *name,
    const struct dns_query *known, size_t n_known);
