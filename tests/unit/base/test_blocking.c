/* SPDX-License-Identifier: MIT */
#include "base/blocking.h"

#include "check.h"

struct count {
	int begun, ended;
};

static void
on_begin(void *context)
{
	((struct count *)context)->begun++;
}

static void
on_end(void *context)
{
	((struct count *)context)->ended++;
}

static void
tells_nobody_when_nobody_asked(void **state)
{
	(void)state;
	blocking_begin();
	blocking_end();
}

static void
tells_of_the_outermost_only(void **state)
{
	struct count count = {0};
	struct blocking waiting = {
	    .begin = on_begin, .end = on_end, .context = &count};

	(void)state;
	blocking_observe(&waiting);
	blocking_begin();
	blocking_begin();
	assert_int_equal(count.begun, 1);
	blocking_end();
	assert_int_equal(count.ended, 0);
	blocking_end();
	assert_int_equal(count.ended, 1);
	blocking_begin();
	blocking_end();
	blocking_observe(NULL);
	blocking_begin();
	blocking_end();
	assert_int_equal(count.begun, 2);
	assert_int_equal(count.ended, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_nobody_when_nobody_asked),
	    cmocka_unit_test(tells_of_the_outermost_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
