/* SPDX-License-Identifier: MIT */
#include "policy/decision.h"

#include "auth/spf.h"
#include "base/clock.h"

#include <string.h>

struct decision
decision_of(const struct facts *facts, const struct judgement *judgement,
    int64_t began)
{
	return (struct decision){
	    .facts = *facts,
	    .findings = judgement->findings,
	    .n_findings = judgement->n_findings,
	    .verdict = judgement->verdict,
	    .unshadowed = judgement->unshadowed,
	    .spf = judgement->spf == NULL
		       ? NULL
		       : spf_verdict_name(judgement->spf->verdict),
	    .ms = clock_ms() - began,
	};
}

/* The verdicts point into the findings, which get another place. */
static const struct finding *
finding_moved(const struct decision *d, const struct finding *moved,
    const struct finding *decider)
{
	return decider == NULL ? NULL : moved + (decider - d->findings);
}

void
decision_put_off(struct decision *d, struct arena *a, const char *why)
{
	struct finding *moved =
	    arena_take_array(a, d->n_findings + 1, sizeof(*moved));
	struct finding *trouble = &moved[d->n_findings];

	if (d->n_findings > 0)
		memcpy(moved, d->findings, d->n_findings * sizeof(*moved));
	*trouble = (struct finding){
	    .check = DECISION_TROUBLE,
	    .outcome = FINDING_TEMP,
	    .settings = {.action = ACTION_DEFER, .defer_on_temp = true},
	    .why = why,
	    .reply = {451, "3.0", "Temporary lookup failure"},
	};
	d->unshadowed.decider = finding_moved(d, moved, d->unshadowed.decider);
	d->verdict = (struct verdict){
	    .action = VERDICT_DEFER,
	    .reply = trouble->reply,
	    .decider = trouble,
	    .points = d->verdict.points,
	};
	if (d->unshadowed.action != VERDICT_REJECT)
		d->unshadowed = d->verdict;
	d->findings = moved;
	d->n_findings++;
}

const char *
verdict_decider(const struct verdict *verdict)
{
	if (verdict->action == VERDICT_ACCEPT)
		return "none";
	return verdict->decider == NULL ? "points" : verdict->decider->check;
}
