/* SPDX-License-Identifier: MIT */
/*
 * probes_stored - domains that stand in the store.
 */
#pragma once

#include "probe.h"

void probe_stored_domains(const struct probe_run *run);
