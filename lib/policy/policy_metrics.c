/* SPDX-License-Identifier: MIT */
#include "policy/policy_metrics.h"

#include <string.h>

#define ACTIONS 3 /* as enum verdict_action */

#define EACH_ACTION(check)                                                     \
	"check=\"" check "\",action=\"accept\"",                               \
	    "check=\"" check "\",action=\"defer\"",                            \
	    "check=\"" check "\",action=\"reject\""

/* Who decided: a check, their points together, or nobody. */
static const char *const deciders[] = {"none", "points", "srs_sender",
    "recipient", "helo_syntax", "helo_self", "helo_unknown", "sender_syntax",
    "sender_unknown", "sender_null_mx", "spf", "sender_ours", "dnsbl", "rhsbl"};

#define DECIDERS (sizeof(deciders) / sizeof(*deciders))

static const char *const labels[] = {
    EACH_ACTION("none"),
    EACH_ACTION("points"),
    EACH_ACTION("srs_sender"),
    EACH_ACTION("recipient"),
    EACH_ACTION("helo_syntax"),
    EACH_ACTION("helo_self"),
    EACH_ACTION("helo_unknown"),
    EACH_ACTION("sender_syntax"),
    EACH_ACTION("sender_unknown"),
    EACH_ACTION("sender_null_mx"),
    EACH_ACTION("spf"),
    EACH_ACTION("sender_ours"),
    EACH_ACTION("dnsbl"),
    EACH_ACTION("rhsbl"),
};

_Static_assert(sizeof(labels) / sizeof(*labels) == DECIDERS * ACTIONS,
    "a label for each decider and action");

static struct metric_cell cells[DECIDERS * ACTIONS];

struct metric_family policy_decisions = {
    .name = "postward_decisions_total",
    .help = "Requests judged, by the check that decided and its action.",
    .n = DECIDERS * ACTIONS,
    .labels = labels,
    .cells = cells,
};

static size_t
decider_of(const struct verdict *v)
{
	if (v->action == VERDICT_ACCEPT)
		return 0;
	if (v->decider == NULL)
		return 1;
	for (size_t i = 2; i < DECIDERS; i++)
		if (strcmp(deciders[i], v->decider->check) == 0)
			return i;
	return 0;
}

void
policy_metrics_count(const struct verdict *verdict)
{
	metric_add(&policy_decisions,
	    decider_of(verdict) * ACTIONS + (size_t)verdict->action, 1);
}
