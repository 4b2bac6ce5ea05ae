/* SPDX-License-Identifier: MIT */
/*
 * judge - one request from facts to verdict: runs the checks, with all their
 * DNS questions asked at once.
 */
#pragma once

#include "policy/check.h"
#include "policy/verdict.h"

struct judge {
	const struct policy_settings *settings;
	struct dns *dns;
	struct store *store;
};

struct judgement {
	struct verdict verdict;
	struct verdict unshadowed; /* what it would be if nothing were in
				      shadow */
	const struct finding *findings;
	size_t n_findings;
	const struct dns_query *queries; /* what was asked, and answered */
	size_t n_queries;
	const char *trouble;      /* NULL, or an error for the operator */
	const char *const *notes; /* what he may want to know, once */
	size_t n_notes;
};

/* facts must be complete.  thorough: run every check, also when an earlier
   one has decided already (explain).  Never fails: what cannot be found out
   is a finding. */
void judge_facts(const struct judge *judge, const struct facts *facts,
    bool thorough, struct arena *a, struct judgement *out);
