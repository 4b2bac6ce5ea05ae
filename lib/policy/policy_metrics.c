/* SPDX-License-Identifier: MIT */
#include "policy/policy_metrics.h"

#include "policy/check.h"
#include "policy/decision.h"

#include <string.h>

#define ACTIONS 3 /* as enum verdict_action */

/* Who decided: nobody, the points of several checks, our own trouble, or a
   check. */
#define OTHERS 3

static const char *const others[OTHERS] = {"none", "points", DECISION_TROUBLE};

#define DECIDERS (OTHERS + CHECKS)

#define EACH_ACTION(check)                                                     \
	"check=\"" check "\",action=\"accept\"",                               \
	    "check=\"" check "\",action=\"defer\"",                            \
	    "check=\"" check "\",action=\"reject\"",
#define EACH_ACTION_OF_CHECK(id, name) EACH_ACTION(#name)

static const char *const labels[] = {EACH_ACTION("none") EACH_ACTION("points")
	EACH_ACTION(DECISION_TROUBLE) CHECKS_IN_ORDER(EACH_ACTION_OF_CHECK)};

_Static_assert(sizeof(labels) / sizeof(*labels) == DECIDERS * ACTIONS,
    "a label for each decider and action");

static struct metric_cell cells[DECIDERS * ACTIONS];

struct metric_family policy_decisions = {
    .name = "postward_decisions_total",
    .help = "Decisions, by the check that decided and its action.",
    .n = DECIDERS * ACTIONS,
    .labels = labels,
    .cells = cells,
};

static size_t
decider_index(const char *name)
{
	for (size_t i = 0; i < OTHERS; i++)
		if (strcmp(others[i], name) == 0)
			return i;
	for (size_t i = 0; i < CHECKS; i++)
		if (strcmp(check_name((enum check_id)i), name) == 0)
			return OTHERS + i;
	return 0;
}

void
policy_metrics_count(const struct verdict *verdict)
{
	metric_add(&policy_decisions,
	    decider_index(verdict_decider(verdict)) * ACTIONS +
		(size_t)verdict->action,
	    1);
}
