/* SPDX-License-Identifier: MIT */
/*
 * decision_log - the one line about what was decided, the same from every
 * program that decides.
 */
#pragma once

#include "policy/decision.h"

/* Counts the decision in the metrics: before it is answered, so that who has
   the answer finds it counted. */
void decision_log_count(const struct decision *decision);

/* Logs the line (decision_record_line), and the judgement's trouble and notes,
   which the operator must know. */
void decision_log(struct arena *a, const struct decision *decision,
    const struct judgement *judgement);
