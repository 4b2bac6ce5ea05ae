/* SPDX-License-Identifier: MIT */
#include "callers.h"

#include "check.h"

#include "base/arena.h"
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
	late = caller_new(callers, "192.0.2.1", a[0]);
	busy = caller_new(callers, "192.0.2.1", b[0]);
	quick = caller_new(callers, "192.0.2.1", c[0]);
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

static void
every_part_has_its_time(void **state)
{
	static const struct {
		const char *name;
		enum caller_state state;
		int64_t ms; /* 0: it is never late */
	} rows[] = {
	    {"header", CALLER_IDLE, CALLERS_HEADER_MS},
	    {"body", CALLER_BEGUN, CALLERS_REQUEST_MS},
	    {"work", CALLER_SERVED, 0},
	    {"answer", CALLER_ANSWERED, CALLERS_ANSWER_MS},
	};
	struct callers *callers = callers_new();

	(void)state;
	clock_set(1000, 1000);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct caller *caller;
		int ends[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
		caller = caller_new(callers, NULL, ends[0]);
		caller_turn(callers, caller, rows[i].state);
		clock_advance(rows[i].ms != 0 ? rows[i].ms : 3600000);
		callers_hurry(callers);
		CHECK(!is_shut(ends[1]), rows[i].name);
		clock_advance(1);
		callers_hurry(callers);
		CHECK(is_shut(ends[1]) == (rows[i].ms != 0), rows[i].name);
		caller_free(callers, caller);
		close(ends[0]);
		close(ends[1]);
	}
	callers_free(callers);
}

/* How many of these clients get in. */
static int
admitted(struct callers *callers, const char *format, int n)
{
	struct arena *a = arena_new();
	struct caller *all[300];
	int in = 0;

	for (int i = 0; i < n; i++) {
		const char *peer = arena_printf(a, format, i);

		if (callers_has_room(callers, peer, 200))
			all[in++] = caller_new(callers, peer, -1);
	}
	for (int i = 0; i < in; i++)
		caller_free(callers, all[i]);
	arena_free(a);
	return in;
}

static void
nobody_has_all_places(void **state)
{
	struct callers *callers = callers_new();

	(void)state;
	assert_int_equal(admitted(callers, "192.0.2.1", 200), 13);
	assert_int_equal(admitted(callers, "2001:db8::%x", 200), 13);
	assert_int_equal(admitted(callers, "192.0.2.%d", 200), 26);
	assert_int_equal(admitted(callers, "2001:db8:0:%x::1", 200), 26);
	assert_int_equal(admitted(callers, "10.0.%d.1", 200), 200);
	callers_free(callers);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shuts_down_who_is_late),
	    cmocka_unit_test(every_part_has_its_time),
	    cmocka_unit_test(nobody_has_all_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
