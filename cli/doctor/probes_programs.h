/* SPDX-License-Identifier: MIT */
/*
 * probes_programs - does a program of ours answer?
 */
#pragma once

#include "probe.h"

void probe_signup(const struct probe_run *run);
void probe_policyd(const struct probe_run *run);
void probe_forwarder(const struct probe_run *run);
void probe_milter(const struct probe_run *run);
