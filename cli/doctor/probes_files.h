/* SPDX-License-Identifier: MIT */
/*
 * probes_files - files of /etc that Postfix reads, or its copies of them.
 */
#pragma once

#include "probe.h"

void probe_chroot_files(const struct probe_run *run);
void probe_hosts_file(const struct probe_run *run);
