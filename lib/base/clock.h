/* SPDX-License-Identifier: MIT */
/*
 * clock - the time of day and the time that passes, both settable in tests.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Seconds, and milliseconds, since 1970, UTC. */
int64_t clock_now(void);
int64_t clock_now_ms(void);

/* The same as clock_now, but always from the kernel: all processes of one
   machine agree about it, also those whose clock_now was set. */
int64_t clock_machine_now(void);

/* Milliseconds that only ever grow, for deadlines and ages. */
int64_t clock_ms(void);
/* The same at the kernel's last tick, some milliseconds ago at most, for a
   tenth of the time that clock_ms takes.  Compare it with itself only. */
int64_t clock_coarse_ms(void);

/* So many milliseconds from now, of the machine's CLOCK_MONOTONIC, also where
   the clock is set: for waits at a condition. */
struct timespec clock_after(int64_t ms);
/* The same in microseconds. */
int64_t clock_us(void);

/* Tests only: both clocks stand still from here on. */
void clock_set(int64_t now, int64_t ms);
void clock_advance(int64_t ms);
bool clock_is_set(void);
