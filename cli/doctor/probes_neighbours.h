/* SPDX-License-Identifier: MIT */
/*
 * probes_neighbours - do the programs of others answer that Postfix asks about
 * each message: milters, policy services, filters?
 */
#pragma once

#include "probe.h"

void probe_neighbours(const struct probe_run *run);
