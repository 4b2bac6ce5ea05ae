/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_bool stopped;
static _Atomic int64_t stopped_ms, stopped_at_ms, stopped_at;

static int64_t
read_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t
read_ms(clockid_t clock)
{
	return read_us(clock) / 1000;
}

int64_t
clock_now_ms(void)
{
	if (!stopped)
		return read_ms(CLOCK_REALTIME);
	return stopped_at * 1000 + stopped_ms - stopped_at_ms;
}

int64_t
clock_now(void)
{
	return clock_now_ms() / 1000;
}

int64_t
clock_machine_now(void)
{
	struct timespec t;

	if (stopped || syscall(SYS_clock_gettime, CLOCK_REALTIME, &t) != 0)
		return clock_now();
	return t.tv_sec;
}

int64_t
clock_ms(void)
{
	return stopped ? stopped_ms : read_ms(CLOCK_MONOTONIC);
}

int64_t
clock_coarse_ms(void)
{
	return stopped ? stopped_ms : read_ms(CLOCK_MONOTONIC_COARSE);
}

struct timespec
clock_after(int64_t ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

int64_t
clock_us(void)
{
	return stopped ? stopped_ms * 1000 : read_us(CLOCK_MONOTONIC);
}

void
clock_set(int64_t now, int64_t ms)
{
	stopped_at = now;
	stopped_at_ms = stopped_ms = ms;
	stopped = true;
}

void
clock_advance(int64_t ms)
{
	stopped_ms += ms;
}

bool
clock_is_set(void)
{
	return stopped;
}
