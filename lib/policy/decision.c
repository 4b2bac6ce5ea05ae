/* SPDX-License-Identifier: MIT */
#include "policy/decision.h"

#include "auth/spf.h"
#include "base/clock.h"
#include "base/str.h"

#include <string.h>

static bool
any_aligned(const struct authentication_results *au)
{
	for (size_t i = 0; i < au->n_dkim; i++)
		if (au->dmarc.dkim_aligned[i])
			return true;
	return false;
}

static const char *
signatures_text(struct arena *a, const struct authentication_results *au)
{
	struct str s;

	if (au->n_dkim == 0)
		return NULL;
	str_init(&s, a);
	for (size_t i = 0; i < au->n_dkim; i++) {
		const struct dkim_result *r = &au->dkim[i];

		str_addf(&s, "%s%s=%s/%s", i == 0 ? "" : " ",
		    dkim_verdict_name(r->verdict),
		    r->domain == NULL ? "" : r->domain,
		    r->selector == NULL ? "" : r->selector);
	}
	return s.text;
}

static void
decide_author(struct decision *d, struct arena *a,
    const struct authentication_results *au)
{
	static const char *const aligned[] = {
	    "none", "spf", "dkim", "spf dkim"};

	if (au == NULL)
		return;
	d->author = au->from->domain;
	d->dkim = dkim_verdict_name(au->dkim_verdict);
	d->signatures = signatures_text(a, au);
	d->dmarc = dmarc_verdict_name(au->dmarc.verdict);
	if (au->arc.verdict != ARC_NONE)
		d->arc = arc_verdict_name(au->arc.verdict);
	d->arc_trusted = au->arc_trusted;
	d->dmarc_policy = dmarc_policy_name(au->dmarc.policy);
	d->dmarc_domain = au->dmarc.policy_domain;
	d->aligned = aligned[au->dmarc.spf_aligned + 2 * any_aligned(au)];
}

static void
decide_fate(struct decision *d, struct arena *a, const struct fate *fate)
{
	if (fate == NULL)
		return;
	d->fate = fate_action_name(fate->action);
	d->fate_case = fate_case_name(fate->what);
	d->survives = survival_name(fate->survives);
	d->fate_at = fate_at(a, fate);
	d->fate_why = fate->why;
	for (size_t i = 0; i < d->n_findings; i++)
		if (strcmp(d->findings[i].check, check_name(CHECK_FATE)) == 0)
			d->fate_shadow = d->findings[i].settings.shadow;
}

struct decision
decision_of(struct arena *a, const struct facts *facts,
    const struct judgement *judgement, int64_t began)
{
	struct decision d = {
	    .facts = *facts,
	    .findings = judgement->findings,
	    .n_findings = judgement->n_findings,
	    .verdict = judgement->verdict,
	    .unshadowed = judgement->unshadowed,
	    .choices = judgement->choices,
	    .spf = judgement->spf == NULL
		       ? NULL
		       : spf_verdict_name(judgement->spf->verdict),
	    .iprev = judgement->iprev == NULL
			 ? NULL
			 : iprev_verdict_name(judgement->iprev->verdict),
	    .ms = clock_ms() - began,
	};

	decide_author(&d, a, judgement->author);
	decide_fate(&d, a, judgement->fate);
	return d;
}

/* The verdicts point into the findings, which get another place. */
static const struct finding *
finding_moved(const struct decision *d, const struct finding *moved,
    const struct finding *decider)
{
	return decider == NULL ? NULL : moved + (decider - d->findings);
}

/* One more finding, which decides. */
static void
decision_replace(struct decision *d, struct arena *a,
    const struct finding *finding, enum verdict_action action)
{
	struct finding *moved =
	    arena_take_array(a, d->n_findings + 1, sizeof(*moved));

	if (d->n_findings > 0)
		memcpy(moved, d->findings, d->n_findings * sizeof(*moved));
	moved[d->n_findings] = *finding;
	d->unshadowed.decider = finding_moved(d, moved, d->unshadowed.decider);
	d->verdict = (struct verdict){
	    .action = action,
	    .reply = finding->reply,
	    .decider = &moved[d->n_findings],
	    .points = d->verdict.points,
	};
	if (d->unshadowed.action != VERDICT_REJECT)
		d->unshadowed = d->verdict;
	d->findings = moved;
	d->n_findings++;
}

void
decision_put_off(struct decision *d, struct arena *a, const char *why)
{
	const struct finding trouble = {
	    .check = DECISION_TROUBLE,
	    .outcome = FINDING_TEMP,
	    .settings = {.action = ACTION_DEFER, .defer_on_temp = true},
	    .why = why,
	    .reply = {451, "3.0", "Temporary lookup failure"},
	};

	decision_replace(d, a, &trouble, VERDICT_DEFER);
}

void
decision_refuse_header(struct decision *d, struct arena *a, const char *why)
{
	const struct finding header = {
	    .check = check_name(CHECK_HEADER_LIMIT),
	    .outcome = FINDING_HIT,
	    .settings = {.action = ACTION_REJECT},
	    .why = why,
	    .reply = {550, "6.0",
		"The header has too many fields, or too long ones, to be "
		"signed"},
	};

	decision_replace(d, a, &header, VERDICT_REJECT);
}

const char *
verdict_decider(const struct verdict *verdict)
{
	if (verdict->action == VERDICT_ACCEPT)
		return "none";
	return verdict->decider == NULL ? "points" : verdict->decider->check;
}
