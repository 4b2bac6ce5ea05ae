/* SPDX-License-Identifier: MIT */
#include "refusals.h"

#include "forwarding/sender_rules.h"
#include "policy/decision_record.h"
#include "policy/reason.h"

#include <string.h>

const char *
refusals_word(enum decision_action action)
{
	switch (action) {
	case DECISION_REJECT:
		return "Refused";
	case DECISION_DEFER:
		return "Put off";
	case DECISION_HOLD:
		return "Held back";
	case DECISION_ACCEPT:
		break;
	}
	return "Accepted";
}

static bool
is_same_sender(const char *one, const char *other)
{
	return one == NULL || other == NULL ? one == other
					    : strcmp(one, other) == 0;
}

/* The one that is like it; NULL: there is none, and no room for it. */
static struct refusal *
refusal_like(struct refusals *out, const struct refusal *r)
{
	for (size_t i = 0; i < out->n; i++)
		if (out->all[i].action == r->action &&
		    strcmp(out->all[i].reason, r->reason) == 0 &&
		    is_same_sender(out->all[i].sender, r->sender))
			return &out->all[i];
	if (out->n == REFUSALS_MAX)
		return NULL;
	out->all[out->n] = *r;
	return &out->all[out->n++];
}

struct refusals_reading {
	const struct policy_settings *settings;
	struct arena *arena;
	const char *account;
	int64_t since;
	struct refusals *out;
};

static void
add_refusal(const struct refusals_reading *k, const struct decision_row *row)
{
	struct refusal r = {
	    .last = row->at, .action = row->action, .sender = row->sender};
	struct refusal *same;
	struct decision d;

	if (decision_record_read(k->arena, row->record, &d, NULL) == RC_OK) {
		r.reason = reason_of(&d);
		r.may_pass = reason_may_pass(k->settings, k->arena, &d);
	} else {
		r.reason = "Nobody knows any more why.";
	}
	if (r.sender == NULL || strchr(r.sender, '@') == NULL ||
	    sender_rule_read(k->arena, r.sender, &r.rule, NULL) != RC_OK)
		r.rule = NULL;
	same = refusal_like(k->out, &r);
	if (same != NULL)
		same->times++;
	else
		k->out->more = true;
}

static enum rc
read_refusals_tx(struct db *db, void *context, struct err *err)
{
	const struct refusals_reading *k = context;
	struct decision_row decision;
	struct db_row *row;
	size_t n = 0;
	enum rc rc = decision_walk_refused(db, k->account, k->since,
	    REFUSALS_ROWS_MAX + 1, &row, err);

	*k->out = (struct refusals){0};
	if (rc != RC_OK)
		return rc;
	while ((rc = decision_next(row, k->arena, &decision, err)) == RC_OK &&
	       n++ < REFUSALS_ROWS_MAX)
		add_refusal(k, &decision);
	k->out->more |= rc == RC_OK;
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
refusals_read(struct store *store, const struct policy_settings *settings,
    struct arena *a, const char *account, int64_t since, struct refusals *out,
    struct err *err)
{
	struct refusals_reading k = {settings, a, account, since, out};

	return store_do(store, read_refusals_tx, &k, err);
}
