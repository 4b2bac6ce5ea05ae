/* SPDX-License-Identifier: MIT */
/*
 * decision_log - the one line about what was decided, the same from every
 * program that decides.
 */
#pragma once

#include "policy/decision.h"

/* Logs the line (decision_record_line), counts the decision in the metrics, and
   logs the judgement's trouble and notes, which the operator must know. */
void decision_log(struct arena *a, const struct decision *decision,
    const struct judgement *judgement);
