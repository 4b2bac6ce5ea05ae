/* SPDX-License-Identifier: MIT */
/*
 * probes_rewriting - does Postfix leave addresses as they are, and ask us first
 * where mail for members goes?
 */
#pragma once

#include "probe.h"

void probe_rewriting(const struct probe_run *run);
void probe_forwards_first(const struct probe_run *run);
