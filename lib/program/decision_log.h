/* SPDX-License-Identifier: MIT */
/*
 * decision_log - the one line about a request that was judged, the same from
 * every program that judges.
 */
#pragma once

#include "policy/judge.h"

/* Writes it, and what the operator has to know beside it.  began: of clock_ms,
   when the request came. */
void decision_log(struct arena *a, const struct facts *facts,
    const struct judgement *j, int64_t began);
