/* SPDX-License-Identifier: MIT */
/*
 * probes_site - is it set up?
 */
#pragma once

#include "probe.h"

void probe_configuration(const struct probe_run *run);
/* why: as settings_open says it. */
void probe_configuration_unreadable(const struct probe_run *run,
    const char *why);
void probe_domains(const struct probe_run *run);
void probe_store(const struct probe_run *run);
void probe_directory(const struct probe_run *run);
void probe_srs(const struct probe_run *run);
void probe_signing_keys(const struct probe_run *run);
void probe_forwarding(const struct probe_run *run);
void probe_held(const struct probe_run *run);
