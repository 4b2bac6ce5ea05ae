/* SPDX-License-Identifier: MIT */
/*
 * quoted_string - text in quotes, as header fields and addresses have it (RFC
 * 5322 3.2.4).  Pure.
 */
#pragma once

#include "base/arena.h"

/* "text", with a backslash before each " and \ in it. */
char *quoted_string(struct arena *a, const char *text);
