/* SPDX-License-Identifier: MIT */
/*
 * probes_lists - do DNS lists keep their keys to themselves?
 */
#pragma once

#include "probe.h"

void probe_lists(const struct probe_run *run);
