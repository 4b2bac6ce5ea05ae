/* SPDX-License-Identifier: MIT */
/*
 * probes_delivery - does what is forwarded leave this machine?
 */
#pragma once

#include "probe.h"

void probe_delivery(const struct probe_run *run);
void probe_targets(const struct probe_run *run);
