/* SPDX-License-Identifier: MIT */
/*
 * milter_metrics - what the milter counts: what became of messages.
 */
#pragma once

#include "base/metric.h"
#include "policy/finding.h"

/* Ended by NULL. */
extern struct metric_family *const milter_metrics[];

/* refusal of code 0: accepted. */
void milter_metrics_count(const struct reply *refusal, bool new_sender);
