/* SPDX-License-Identifier: MIT */
/*
 * milter_metrics - what the milter counts: what became of messages, and who had
 * written them.
 */
#pragma once

#include "base/metric.h"
#include "policy/decision.h"

/* Ended by NULL. */
extern struct metric_family *const milter_metrics[];

/* Of a message that has ended. */
void milter_metrics_count(const struct decision *decision);
