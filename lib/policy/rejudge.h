/* SPDX-License-Identifier: MIT */
/*
 * rejudge - a decision that was recorded, judged again by another
 * configuration.  Pure: nobody is asked, and what nobody has found out then is
 * not known now.
 *
 * What each check found stays found; action, mode, points and allow lists are
 * those of the other configuration, and what follows from the facts alone (HELO
 * and sender as they were written, hops, our own names) is looked at again. Not
 * known is what a check or a list would say that was off then, that is new, or
 * that was not asked any more as another check had refused already; and of the
 * fate of copies, whether From could be rewritten.
 *
 * Who has an account, and what members have chosen, is as it was then.  If SPF
 * was not against a client by the rules of that time, but is by others, nobody
 * knows whether the client is a mail exchanger of ours: it is taken for none.
 */
#pragma once

#include "policy/check.h"
#include "policy/decision.h"

struct rejudged {
	struct verdict verdict;
	bool held; /* accepted, and kept back for its fate */
	const struct finding *findings;
	size_t n_findings;
	/* "helo_unknown", "dnsbl zen.example": what is not known though it
	   could matter; none if the message is refused for good anyway. */
	const char *const *unknown;
	size_t n_unknown;
};

/* d: as decision_record_read gives it, or as decision_line_read does. */
void rejudge(const struct decision *d, const struct policy_settings *settings,
    struct arena *a, struct rejudged *out);

/* The same of the decision as it was made. */
void rejudge_not(const struct decision *d, struct rejudged *out);
