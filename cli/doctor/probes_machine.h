/* SPDX-License-Identifier: MIT */
/*
 * probes_machine - has this machine what our programs need, and do those run
 * that should?
 */
#pragma once

#include "probe.h"

void probe_users(const struct probe_run *run);
void probe_access(const struct probe_run *run);
void probe_clock(const struct probe_run *run);
void probe_disk(const struct probe_run *run);
void probe_versions(const struct probe_run *run);
void probe_units(const struct probe_run *run);
void probe_configuration_loaded(const struct probe_run *run);
void probe_denials(const struct probe_run *run);
