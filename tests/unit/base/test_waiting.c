/* SPDX-License-Identifier: MIT */
#include "base/waiting.h"

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
	waiting_begin();
	waiting_end();
}

static void
tells_of_the_outermost_only(void **state)
{
	struct count count = {0};
	struct waiting waiting = {
	    .begin = on_begin, .end = on_end, .context = &count};

	(void)state;
	waiting_tell(&waiting);
	waiting_begin();
	waiting_begin();
	assert_int_equal(count.begun, 1);
	waiting_end();
	assert_int_equal(count.ended, 0);
	waiting_end();
	assert_int_equal(count.ended, 1);
	waiting_begin();
	waiting_end();
	waiting_tell(NULL);
	waiting_begin();
	waiting_end();
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
