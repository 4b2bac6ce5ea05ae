/* SPDX-License-Identifier: MIT */
/*
 * dns_judge - does DNS have what is wanted?  What counts is what a record
 * means: SPF that lets this host send is right, however it is written.
 */
#pragma once

#include "dns_wanted.h"

#include "auth/spf.h"

enum dns_state {
	DNS_STATE_UNKNOWN, /* nobody has answered */
	DNS_STATE_RIGHT,
	DNS_STATE_WRONG,
	DNS_STATE_MISSING,
};

struct dns_judging {
	struct dns *dns;
	const struct spf *spf;
	const struct dns_wanted_of *of;
	int64_t timeout_ms; /* of each evaluation of SPF */
};

struct dns_judged {
	enum dns_state state;
	const char *found; /* what is there, or what is wrong; or NULL */
};

/* answer: to a question for the name and type of what is wanted. */
struct dns_judged dns_judge(const struct dns_judging *judging, struct arena *a,
    const struct dns_wanted *wanted, const struct dns_query *answer);

/* "unknown", "right", "wrong", "missing" */
const char *dns_state_name(enum dns_state state);
