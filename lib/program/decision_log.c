/* SPDX-License-Identifier: MIT */
#include "program/decision_log.h"

#include "base/log.h"
#include "policy/decision_record.h"
#include "policy/policy_metrics.h"

static struct log_limit trouble_limit;

void
decision_log_count(const struct decision *decision)
{
	policy_metrics_count(&decision->verdict);
}

void
decision_log(struct arena *a, const struct decision *decision,
    const struct judgement *judgement)
{
	struct log_pair pairs[DECISION_LINE_MAX];

	log_event(LOG_LEVEL_INFO, pairs,
	    decision_record_line(a, decision, pairs));
	if (judgement->trouble != NULL)
		log_error_limited(&trouble_limit, "%s", judgement->trouble);
	for (size_t i = 0; i < judgement->n_notes; i++)
		log_warn("%s", judgement->notes[i]);
}
