/* SPDX-License-Identifier: MIT */
/*
 * mailer_metrics - counters of the mailer.
 */
#pragma once

#include "outbox/outbox.h"
#include "program/metrics.h"
#include "targets/targets_round.h"

extern const struct metrics_program mailer_metrics;

/* So many targets fail and are not paused (targets_round.h). */
void mailer_metrics_held_back(size_t n);
void mailer_metrics_count_target(enum targets_event event);
void mailer_metrics_count(enum outbox_outcome outcome);
