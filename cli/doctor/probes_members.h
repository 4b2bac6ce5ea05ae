/* SPDX-License-Identifier: MIT */
/*
 * probes_members - how newcomers ask and are written to, and is what was asked
 * for done?
 */
#pragma once

#include "probe.h"

void probe_postmaster(const struct probe_run *run);
void probe_codes(const struct probe_run *run);
void probe_approvals(const struct probe_run *run);
void probe_templates(const struct probe_run *run);
void probe_mail_from(const struct probe_run *run);
void probe_outbox(const struct probe_run *run);
void probe_smtp(const struct probe_run *run);
void probe_provision(const struct probe_run *run);
