/* SPDX-License-Identifier: MIT */
#include "callers.h"

#include "check.h"

#include "base/clock.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

static bool
is_shut(int peer)
{
	char c;

	return recv(peer, &c, 1, MSG_DONTWAIT) == 0;
}

static void
shuts_down_who_is_late(void **state)
{
	struct callers *callers = callers_new();
	struct caller *late, *busy, *quick;
	int a[2], b[2], c[2];

	(void)state;
	clock_set(1000, 1000);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, a), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, b), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, c), 0);
	late = caller_new(callers, a[0]);
	busy = caller_new(callers, b[0]);
	quick = caller_new(callers, c[0]);
	caller_turn(callers, late, CALLER_BEGUN);
	caller_turn(callers, busy, CALLER_BEGUN);
	caller_turn(callers, busy, CALLER_SERVED);
	assert_int_equal(callers_busy(callers), 2);

	clock_advance(CALLERS_REQUEST_MS);
	callers_hurry(callers);
	assert_false(is_shut(a[1]));
	caller_turn(callers, quick, CALLER_IDLE);
	clock_advance(1);
	callers_hurry(callers);
	assert_true(is_shut(a[1]));
	assert_false(is_shut(b[1]));
	assert_false(is_shut(c[1]));

	caller_free(callers, late);
	caller_free(callers, busy);
	assert_int_equal(callers_busy(callers), 0);
	caller_free(callers, quick);
	callers_free(callers);
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
		close(c[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shuts_down_who_is_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
