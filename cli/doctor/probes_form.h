/* SPDX-License-Identifier: MIT */
/*
 * probes_form - does the world find the form where signup.url says?
 */
#pragma once

#include "probe.h"

void probe_form_page(const struct probe_run *run);

/* Adds its questions to those of the first round. */
void probe_form_ask(const struct probe_run *run);
