/* SPDX-License-Identifier: MIT */
#include "base/blocking_watch.h"

#include "base/blocking.h"
#include "check.h"

#include <time.h>

#define SLEEP_MS 80

static void
sleep_a_while(void)
{
	struct timespec t = {.tv_nsec = SLEEP_MS * 1000000};

	nanosleep(&t, NULL);
}

static void
work_a_while(void)
{
	struct timespec from, t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	while ((t.tv_sec - from.tv_sec) * 1000 +
		   (t.tv_nsec - from.tv_nsec) / 1000000 <
	       SLEEP_MS);
}

static void
say_nothing(void *context)
{
	(void)context;
}

static void
sleep_and_say_so(void)
{
	struct blocking blocking = {.begin = say_nothing, .end = say_nothing};

	blocking_observe(&blocking);
	blocking_begin();
	sleep_a_while();
	blocking_end();
	blocking_observe(NULL);
}

static void
counts_sleep(void **state)
{
	(void)state;
	if (!blocking_watch_works())
		skip();
	blocking_watch_begin();
	sleep_a_while();
	work_a_while();
	assert_in_range(blocking_watch_end(), SLEEP_MS - 2, INT32_MAX);
}

/* However busy the machine is: who waits for a processor does not sleep. */
static void
counts_neither_work_nor_announced_sleep(void **state)
{
	(void)state;
	blocking_watch_begin();
	work_a_while();
	sleep_and_say_so();
	work_a_while();
	assert_in_range(blocking_watch_end(), 0, SLEEP_MS / 2);
}

static void
forgets_the_task_before(void **state)
{
	(void)state;
	blocking_watch_begin();
	sleep_a_while();
	blocking_watch_end();
	blocking_watch_begin();
	assert_in_range(blocking_watch_end(), 0, SLEEP_MS / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(counts_sleep),
	    cmocka_unit_test(counts_neither_work_nor_announced_sleep),
	    cmocka_unit_test(forgets_the_task_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
