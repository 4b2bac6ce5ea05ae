/* SPDX-License-Identifier: MIT */
/*
 * back_off - how long to wait before what has failed is tried again: twice as
 * long each time, and some jitter, so that what failed together is not tried
 * together.
 */
#pragma once

#include <stdint.h>

struct back_off {
	int64_t min_ms, max_ms;
	/* Optional: a number from 0 to most, for the jitter; tests set it. */
	uint32_t (*random)(uint32_t most);
};

/* After so many tries: min_ms, twice that, four times..., up to a quarter of
   that more, and never above max_ms. */
int64_t back_off_ms(const struct back_off *back_off, int64_t attempts);
