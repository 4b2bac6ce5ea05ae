/* SPDX-License-Identifier: MIT */
/*
 * user_name - which user ids may be had.
 */
#pragma once

#include "forwarding/dot_forward.h"

#include <stdbool.h>

/* [a-z][a-z0-9]{0,30} */
bool user_name_is_valid(const char *name);

/* A role that mail goes to, a name that programs take for themselves (RFC
   2142, RFC 5321 4.5.1 and common use). */
bool user_name_is_role(const char *name);
