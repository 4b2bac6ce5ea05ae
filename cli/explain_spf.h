/* SPDX-License-Identifier: MIT */
/*
 * explain_spf - for whom and how long the result of SPF that `postward explain`
 * shows holds (auth/spf.h).  spf NULL: there is none, and nothing is said.
 */
#pragma once

#include "auth/spf.h"
#include "command.h"

#include <cjson/cJSON.h>

void explain_spf_print(struct invocation *in, const struct spf_result *spf);

/* Adds the member spf_kept: since (null: it was evaluated now) and seconds. */
void explain_spf_add(cJSON *all, const struct spf_result *spf);
