/* SPDX-License-Identifier: MIT */
/*
 * stillness - for how long somebody has done nothing, though there was
 * something to do.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Begins as {0}. */
struct stillness {
	unsigned done; /* how often he had done something */
	int64_t since; /* clock_ms; 0: nobody has looked yet */
};

/* Looks once more.  done: how often he has done something up to now; is_wanted:
   there is something to do.  True: for longer than patience_ms each look has
   found the same done, and work. */
bool stillness_lasts(struct stillness *s, unsigned done, bool is_wanted,
    int64_t patience_ms);
