/* SPDX-License-Identifier: MIT */
/*
 * probes_resolver - who answers our questions to DNS, and do DNS lists serve
 * him?
 */
#pragma once

#include "probe.h"

void probe_resolver(const struct probe_run *run);
void probe_lists_answer(const struct probe_run *run);
void probe_listed(const struct probe_run *run);
