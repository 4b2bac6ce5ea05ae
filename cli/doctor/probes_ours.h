/* SPDX-License-Identifier: MIT */
/*
 * probes_ours - what DNS tells the world about us.
 */
#pragma once

#include "probe.h"

void probe_our_mx(const struct probe_run *run);
void probe_our_spf(const struct probe_run *run);
void probe_lists(const struct probe_run *run);
