/* SPDX-License-Identifier: MIT */
/*
 * probes_outward - does mail get out?
 */
#pragma once

#include "probe.h"

void probe_outward(const struct probe_run *run);
