/* SPDX-License-Identifier: MIT */
/*
 * probes_log - what Postfix complains of in its own log.
 */
#pragma once

#include "probe.h"

void probe_log(const struct probe_run *run);
