/* SPDX-License-Identifier: MIT */
/*
 * failures - notifications that mail which we forwarded has failed: counted
 * against the target (lib/targets).
 */
#pragma once

#include "accept.h"

/* Of a message that is accepted.  What cannot be counted is logged, and passes
   all the same: it is told again if the target keeps failing. */
void failures_count(const struct acceptance *q);
