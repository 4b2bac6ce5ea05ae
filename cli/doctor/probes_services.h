/* SPDX-License-Identifier: MIT */
/*
 * probes_services - are the lines of master.cf there without which no mail
 * passes?
 */
#pragma once

#include "probe.h"

void probe_services(const struct probe_run *run);
