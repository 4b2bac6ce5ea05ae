/* SPDX-License-Identifier: MIT */
/*
 * probes_limits - values of main.cf that no program can read, and limits that
 * ordinary mail does not keep.
 */
#pragma once

#include "probe.h"

void probe_values(const struct probe_run *run);
void probe_limits(const struct probe_run *run);
