/* SPDX-License-Identifier: MIT */
/*
 * probes_reach - does each message come to the milter, and does nothing of
 * Postfix change it on its way?
 */
#pragma once

#include "probe.h"

void probe_milter_reached(const struct probe_run *run);
void probe_bounces_seen(const struct probe_run *run);
void probe_aliases_expanded(const struct probe_run *run);
void probe_header_checks(const struct probe_run *run);
