/* SPDX-License-Identifier: MIT */
/*
 * probes_queue - does mail leave, and has Postfix what it needs for TLS?
 */
#pragma once

#include "probe.h"

/* Calls line for each message in Postfix' queue, as postqueue -j prints it.
   False: the queue cannot be read, and the probe has said so. */
bool probe_reads_queue(const struct probe_run *run,
    void (*line)(void *context, const char *line), void *context);

void probe_queue(const struct probe_run *run);
void probe_queue_room(const struct probe_run *run);
void probe_tls_certificate(const struct probe_run *run);
