/* SPDX-License-Identifier: MIT */
/*
 * decision_log - the one line about what was decided, the same from every
 * program that decides.
 */
#pragma once

#include "policy/decision.h"

/* Writes it (decision_record_line), counts the decision, and writes what the
   operator has to know beside it. */
void decision_log(struct arena *a, const struct decision *decision,
    const struct judgement *judgement);
