/* SPDX-License-Identifier: MIT */
/*
 * signup_metrics - counters of the web form.
 */
#pragma once

#include "program/metrics.h"

extern const struct metrics_program signup_metrics;

/* One POST; result: the word that is logged. */
void signup_metrics_count(const char *result);
