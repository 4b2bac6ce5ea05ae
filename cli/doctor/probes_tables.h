/* SPDX-License-Identifier: MIT */
/*
 * probes_tables - can Postfix open the tables that its configuration names?
 */
#pragma once

#include "probe.h"

void probe_tables(const struct probe_run *run);
