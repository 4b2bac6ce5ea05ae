/* SPDX-License-Identifier: MIT */
/*
 * probes_rates - do receivers want our mail to come more slowly?
 */
#pragma once

#include "probe.h"

void probe_rates(const struct probe_run *run);
