/* SPDX-License-Identifier: MIT */
/*
 * clock - the time of day and the time that passes, both settable in tests.
 */
#pragma once

#include <stdint.h>

/* Seconds, and milliseconds, since 1970, UTC. */
int64_t clock_now(void);
int64_t clock_now_ms(void);

/* Milliseconds that only ever grow, for deadlines and ages. */
int64_t clock_ms(void);
/* The same in microseconds. */
int64_t clock_us(void);

/* Tests only: both clocks stand still from here on. */
void clock_set(int64_t now, int64_t ms);
void clock_advance(int64_t ms);
