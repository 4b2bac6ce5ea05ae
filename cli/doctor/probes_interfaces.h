/* SPDX-License-Identifier: MIT */
/*
 * probes_interfaces - can other hosts come to Postfix?
 */
#pragma once

#include "probe.h"

void probe_interfaces(const struct probe_run *run);
