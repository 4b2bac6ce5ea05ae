/* SPDX-License-Identifier: MIT */
/*
 * refusals - mail to a member that was refused, put off or held: what was
 * decided, with what is alike told once.
 */
#pragma once

#include "policy/check.h"
#include "store/decision_table.h"

#define REFUSALS_SECONDS ((int64_t)14 * 86400)
/* No more are told, and no more rows are looked at. */
#define REFUSALS_MAX      50
#define REFUSALS_ROWS_MAX 1000

struct refusal {
	int64_t last; /* when it happened last; seconds since 1970 */
	unsigned times;
	enum decision_action action;
	const char *sender; /* as it was said; "": none; or NULL */
	const char *rule; /* the sender as sender_rule_table.h has it; NULL: no
			     rule can be about it */
	const char *reason; /* as reason_of has it */
	bool may_pass;      /* if the member lets the sender pass */
};

struct refusals {
	struct refusal all[REFUSALS_MAX]; /* the newest first */
	size_t n;
	bool more; /* there are others */
};

/* Those since that time.  A record that cannot be read is told without its
   reason. */
enum rc refusals_read(struct store *store,
    const struct policy_settings *settings, struct arena *a,
    const char *account, int64_t since, struct refusals *out, struct err *err);

/* "Refused", "Put off", "Held back" */
const char *refusals_word(enum decision_action action);
