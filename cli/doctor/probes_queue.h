/* SPDX-License-Identifier: MIT */
/*
 * probes_queue - does mail leave, and has Postfix what it needs for TLS?
 */
#pragma once

#include "probe.h"

void probe_queue(const struct probe_run *run);
void probe_queue_room(const struct probe_run *run);
void probe_tls_certificate(const struct probe_run *run);
