/* SPDX-License-Identifier: MIT */
/*
 * probes_host - is Postfix there for the world, under its name, and does it
 * take mail for our domains as forwarded mail, not as its own?
 */
#pragma once

#include "probe.h"

void probe_postfix(const struct probe_run *run);
void probe_postfix_running(const struct probe_run *run);
void probe_postfix_loaded(const struct probe_run *run);
void probe_postfix_warnings(const struct probe_run *run);
void probe_our_domains(const struct probe_run *run);
void probe_greeting(const struct probe_run *run);
void probe_hostname(const struct probe_run *run);
void probe_relayhost(const struct probe_run *run);
void probe_delimiter(const struct probe_run *run);
