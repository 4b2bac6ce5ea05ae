/* SPDX-License-Identifier: MIT */
#include "store/back_off.h"

#include "check.h"

static uint32_t
none(uint32_t most)
{
	(void)most;
	return 0;
}

static uint32_t
all(uint32_t most)
{
	return most;
}

static void
waits_twice_as_long_each_time(void **state)
{
	static const struct {
		int64_t least, most, attempts;
		int64_t shortest, longest;
	} rows[] = {
	    {1000, 60000, 0, 1000, 1250},
	    {1000, 60000, 1, 1000, 1250},
	    {1000, 60000, 2, 2000, 2500},
	    {1000, 60000, 5, 16000, 20000},
	    {1000, 60000, 6, 32000, 40000},
	    {1000, 60000, 7, 60000, 60000},
	    {1000, 60000, INT64_MAX, 60000, 60000},
	    {0, 60000, 100, 0, 0},
	    {90000, 60000, 1, 60000, 60000},
	    {1000, INT64_C(1) << 60, 70, INT64_C(1) << 60, INT64_C(1) << 60},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct back_off b = {rows[i].least, rows[i].most, none};
		int64_t wait = back_off_ms(&b, rows[i].attempts);

		assert_int_equal(wait, rows[i].shortest);
		b.random = all;
		wait = back_off_ms(&b, rows[i].attempts);
		assert_int_equal(wait, rows[i].longest);
		b.random = NULL;
		wait = back_off_ms(&b, rows[i].attempts);
		assert_in_range(wait, rows[i].shortest, rows[i].longest);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(waits_twice_as_long_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
