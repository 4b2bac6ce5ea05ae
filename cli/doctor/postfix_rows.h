/* SPDX-License-Identifier: MIT */
/*
 * postfix_rows - the parameters of main.cf that have one right value, or must
 * have something of ours among others: the wiring of conf/postfix/main.cf.
 */
#pragma once

#include "probe.h"

/* Reports those that the running probe stands for.  false: all are right. */
bool probe_postfix_rows(const struct probe_run *run);

/* The same, and says that they are right. */
void probe_parameters(const struct probe_run *run);
