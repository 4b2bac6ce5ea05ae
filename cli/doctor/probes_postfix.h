/* SPDX-License-Identifier: MIT */
/*
 * probes_postfix - does the Postfix of this machine ask us, and leave what it
 * forwards as it is?
 */
#pragma once

#include "probe.h"

void probe_parameters(const struct probe_run *run);
void probe_signatures_kept(const struct probe_run *run);
void probe_postsrsd(const struct probe_run *run);
void probe_spam_fields(const struct probe_run *run);
