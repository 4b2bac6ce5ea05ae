/* SPDX-License-Identifier: MIT */
/*
 * policy_metrics - counters of verdicts.
 */
#pragma once

#include "base/metric.h"
#include "policy/verdict.h"

extern struct metric_family policy_decisions;

void policy_metrics_count(const struct verdict *verdict);
