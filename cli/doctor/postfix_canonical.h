/* SPDX-License-Identifier: MIT */
/*
 * postfix_canonical - which canonical maps of main.cf ask PostSRSd, whose work
 * Postward does; pure.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>

/* The value of a parameter such as sender_canonical_maps without the entries
   that lead to PostSRSd, maybe ""; NULL: none does.  They are known by its
   name, its ports (10001 and 10002), and its tables ("forward", "reverse"). */
const char *postfix_canonical_without(struct arena *a, const char *value);
