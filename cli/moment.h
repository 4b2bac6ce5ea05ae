/* SPDX-License-Identifier: MIT */
/*
 * moment - the present time, as the administrator wants it to be, and others.
 */
#pragma once

#include "command.h"

/* --at, or now, in seconds since 1970; false: it is no time, and that was
   said. */
bool moment_read(const struct invocation *in, int64_t *out);

/* "2d", so long before now, or a time in UTC as it is printed, in seconds since
   1970: "2026-11-29", "2026-11-29 08:00", "2026-11-29 08:00:01Z".  false: it is
   neither. */
bool moment_of(const char *text, int64_t now, int64_t *out);
