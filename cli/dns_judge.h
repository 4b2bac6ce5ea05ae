/* SPDX-License-Identifier: MIT */
/*
 * dns_judge - does DNS have what is wanted?  What counts is what a record
 * means: SPF that lets this host send is right, however it is written, and an
 * MX that leads here by another name is, too.
 */
#pragma once

#include "dns_facts.h"
#include "dns_wanted.h"

#include "auth/spf.h"

enum dns_state {
	DNS_STATE_UNKNOWN, /* nobody has answered */
	DNS_STATE_RIGHT,
	DNS_STATE_DOUBTFUL, /* works, but not with everybody, or not for ever */
	DNS_STATE_WRONG,
	DNS_STATE_MISSING,
};

#define DNS_STATES (DNS_STATE_MISSING + 1)

struct dns_judging {
	const struct dns_wanted_of *of;
	/* Answers to all that dns_judge_first and dns_judge_second add. */
	struct dns_facts facts;
	const struct spf *spf;
	int64_t timeout_ms; /* of each evaluation of SPF, ... */
	int64_t deadline;   /* and of all together, in clock_ms */
};

struct dns_judged {
	enum dns_state state;
	const char *found; /* what is there, or what is wrong; or NULL */
};

/* Adds the questions that are known at once, and those that follow from their
   answers: whose addresses the names in them have, and who takes reports. */
void dns_judge_first(struct dns_judging *judging, struct arena *a,
    const struct dns_wanted *all, size_t n);
void dns_judge_second(struct dns_judging *judging, struct arena *a,
    const struct dns_wanted *all, size_t n);

struct dns_judged dns_judge(const struct dns_judging *judging, struct arena *a,
    const struct dns_wanted *wanted);

/* "unknown", "right", "doubtful", "wrong", "missing" */
const char *dns_state_name(enum dns_state state);

/* Its own addresses, those that DNS has where its interfaces have none that the
   world reaches; *n of them. */
const struct ip *dns_judge_addresses(const struct dns_judging *judging,
    struct arena *a, size_t *n);
