/* SPDX-License-Identifier: MIT */
/*
 * mailer_metrics - counters of the mailer.
 */
#pragma once

#include "outbox/outbox.h"
#include "program/metrics.h"

extern const struct metrics_program mailer_metrics;

void mailer_metrics_count(enum outbox_outcome outcome);
