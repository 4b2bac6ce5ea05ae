/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/clock.h"

#include <time.h>

/* First: once set, the clock never runs again. */
static void
runs_until_it_is_set(void **state)
{
	int64_t before = time(NULL), ms = clock_ms();
	int64_t coarse = clock_coarse_ms();

	(void)state;
	assert_true(coarse <= clock_ms());
	assert_true(coarse <= clock_coarse_ms());
	assert_in_range(clock_now(), before, before + 60);
	assert_in_range(clock_now_ms(), before * 1000, (before + 60) * 1000);
	assert_true(ms > 0 && clock_ms() >= ms);
}

static void
stands_still_once_set(void **state)
{
	(void)state;
	clock_set(1795300000, 5000);
	assert_int_equal(clock_now(), 1795300000);
	assert_int_equal(clock_now_ms(), 1795300000000);
	assert_int_equal(clock_ms(), 5000);
}

static void
goes_on_when_told(void **state)
{
	(void)state;
	clock_set(100, 0);
	clock_advance(999);
	assert_int_equal(clock_now(), 100);
	assert_int_equal(clock_now_ms(), 100999);
	assert_int_equal(clock_ms(), 999);
	assert_int_equal(clock_coarse_ms(), 999);
	clock_advance(1);
	assert_int_equal(clock_now(), 101);
	clock_advance((int64_t)21 * 24 * 3600 * 1000);
	assert_int_equal(clock_now(), 101 + 21 * 24 * 3600);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(runs_until_it_is_set),
	    cmocka_unit_test(stands_still_once_set),
	    cmocka_unit_test(goes_on_when_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
