/* SPDX-License-Identifier: MIT */
/*
 * fate_output - what will become of a forwarded copy, for people and programs.
 */
#pragma once

#include "command.h"

#include "policy/fate.h"

#include <cjson/cJSON.h>

/* Asks the mail server of this machine what it does to bodies, once. */
void fate_prepare(struct invocation *in);

/* What it would be for a message of which this was found, if it came at
   `arrival` (Unix time in seconds); spf NULL: SPF says nothing.  sender: of the
   envelope; "" is the null sender. */
struct fate fate_of_message(struct invocation *in,
    const struct authentication *authentication,
    const struct authentication_results *results, const struct spf_result *spf,
    const char *sender, int64_t arrival);

void fate_print(struct invocation *in, const struct fate *fate);
cJSON *fate_json(struct invocation *in, const struct fate *fate);
