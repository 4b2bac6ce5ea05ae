/* SPDX-License-Identifier: MIT */
/*
 * back_off - how long to wait before something that failed is tried again:
 * twice as long each time, and some jitter, so that jobs which failed together
 * are not tried together.
 */
#pragma once

#include <stdint.h>

struct back_off {
	int64_t min_ms, max_ms;
	/* Optional: returns a number from 0 to most for the jitter.  Tests set
	   it. */
	uint32_t (*random)(uint32_t most);
};

/* Returns the pause after so many attempts: min_ms after the first, twice that
   after the second, then four times that..., each with up to a quarter more,
   and never above max_ms. */
int64_t back_off_ms(const struct back_off *back_off, int64_t attempts);
