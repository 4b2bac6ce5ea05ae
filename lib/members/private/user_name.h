/* SPDX-License-Identifier: MIT */
/*
 * user_name - which user ids may be had.
 */
#pragma once

#include <stdbool.h>

/* [a-z][a-z0-9]{0,30} */
bool user_name_is_valid(const char *name);

/* True: the name stands in conf/reserved-names.  Case does not matter. */
bool user_name_is_role(const char *name);
