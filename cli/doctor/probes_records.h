/* SPDX-License-Identifier: MIT */
/*
 * probes_records - what DNS tells the world about us: each row is one kind of
 * the records that `postward dns --check` judges.
 */
#pragma once

#include "probe.h"

void probe_host_address(const struct probe_run *run);
void probe_reverse_name(const struct probe_run *run);
void probe_helo_spf(const struct probe_run *run);
void probe_mx(const struct probe_run *run);
void probe_spf(const struct probe_run *run);
void probe_srs_domain(const struct probe_run *run);
void probe_dmarc(const struct probe_run *run);
void probe_tls_report(const struct probe_run *run);
void probe_ipv6_route(const struct probe_run *run);
