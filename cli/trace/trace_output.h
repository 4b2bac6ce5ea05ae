/* SPDX-License-Identifier: MIT */
/*
 * trace_output - the stories of mail, for people and for programs.
 */
#pragma once

#include "command.h"
#include "trace_end.h"

#include <cjson/cJSON.h>

void trace_print(struct invocation *in, const struct trace_mail *mail,
    const struct log_wanted *wanted, bool first);
/* The caller deletes it. */
cJSON *trace_json(struct invocation *in, const struct trace_mail *mail,
    const struct log_wanted *wanted);
