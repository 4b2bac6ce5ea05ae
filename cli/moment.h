/* SPDX-License-Identifier: MIT */
/*
 * moment - the present time, as the administrator wants it to be.
 */
#pragma once

#include "command.h"

/* --at, or now, in seconds since 1970; false: it is no time, and that was
   said. */
bool moment_read(const struct invocation *in, int64_t *out);
