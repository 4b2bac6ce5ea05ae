/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/blocking.h"
#include "net/private/dns_poll.h"

#include <sys/eventfd.h>
#include <unistd.h>

/* Begun and ended, since the start of a test. */
struct told {
	int begun, ended;
};

static void
note_begin(void *told)
{
	((struct told *)told)->begun++;
}

static void
note_end(void *told)
{
	((struct told *)told)->ended++;
}

/* One wait for the descriptor; what was said of it. */
static struct told
wait_once(struct dns_pace *pace, int wake, int64_t ms, bool *came)
{
	struct told told = {0, 0};
	struct blocking blocking = {
	    .begin = note_begin, .end = note_end, .context = &told};
	struct dns_poll poll = {.pace = pace};
	struct arena *a = arena_new();

	blocking_observe(&blocking);
	dns_poll_begin(&poll, a, wake, ms);
	*came = dns_poll_wait(&poll);
	assert_int_equal(told.ended, 0);
	dns_poll_end(&poll);
	blocking_observe(NULL);
	arena_free(a);
	return told;
}

static void
announces_only_what_takes_long(void **state)
{
	int ready = eventfd(1, EFD_CLOEXEC), silent = eventfd(0, EFD_CLOEXEC);
	struct dns_pace pace = {0};
	struct told told;
	bool came;

	(void)state;
	told = wait_once(&pace, ready, 1000, &came);
	assert_true(came);
	assert_int_equal(told.begun, 0);
	assert_int_equal(told.ended, 0);
	told = wait_once(&pace, silent, 2, &came);
	assert_false(came);
	assert_int_equal(told.begun, 1);
	assert_int_equal(told.ended, 1);
	close(ready);
	close(silent);
}

/* Who was slow is not trusted for a while, and then once more. */
static void
doubts_who_was_slow(void **state)
{
	int ready = eventfd(1, EFD_CLOEXEC), silent = eventfd(0, EFD_CLOEXEC);
	struct dns_pace pace = {0};
	struct told told;
	bool came;
	int n = 0;

	(void)state;
	wait_once(&pace, silent, 2, &came);
	do {
		told = wait_once(&pace, ready, 1000, &came);
		assert_true(came);
		assert_int_equal(told.begun, told.ended);
		n += told.begun;
	} while (told.begun > 0 && n < 1000);
	assert_in_range(n, 1, 999);
	/* What is due now is no wait, and says nothing about anybody. */
	wait_once(&pace, silent, 0, &came);
	told = wait_once(&pace, ready, 1000, &came);
	assert_int_equal(told.begun, 0);
	close(ready);
	close(silent);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(announces_only_what_takes_long),
	    cmocka_unit_test(doubts_who_was_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
