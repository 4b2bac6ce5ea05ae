/* SPDX-License-Identifier: MIT */
/*
 * probes_relay - what strangers can do at the Postfix of this machine: its
 * restrictions, walked through by their meaning, in main.cf and in master.cf.
 */
#pragma once

#include "probe.h"

void probe_open_relay(const struct probe_run *run);
void probe_mynetworks(const struct probe_run *run);
void probe_mail_accepted(const struct probe_run *run);
void probe_policy_reached(const struct probe_run *run);
