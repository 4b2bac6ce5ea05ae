/* SPDX-License-Identifier: MIT */
#include "http_connections.h"

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
	struct http_connections *connections = http_connections_new();
	struct http_connection *late, *busy, *quick;
	int a[2], b[2], c[2];

	(void)state;
	clock_set(1000, 1000);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, a), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, b), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, c), 0);
	late = http_connection_new(connections, "192.0.2.1", a[0]);
	busy = http_connection_new(connections, "192.0.2.1", b[0]);
	quick = http_connection_new(connections, "192.0.2.1", c[0]);
	http_connection_enter(connections, late, HTTP_CONNECTION_BEGUN);
	http_connection_enter(connections, busy, HTTP_CONNECTION_BEGUN);
	http_connection_enter(connections, busy, HTTP_CONNECTION_SERVED);
	assert_int_equal(http_connections_busy(connections), 2);

	clock_advance(HTTP_CONNECTIONS_REQUEST_MS);
	http_connections_hurry(connections);
	assert_false(is_shut(a[1]));
	http_connection_enter(connections, quick, HTTP_CONNECTION_IDLE);
	clock_advance(1);
	http_connections_hurry(connections);
	assert_true(is_shut(a[1]));
	assert_false(is_shut(b[1]));
	assert_false(is_shut(c[1]));

	http_connection_free(connections, late);
	http_connection_free(connections, busy);
	assert_int_equal(http_connections_busy(connections), 0);
	http_connection_free(connections, quick);
	http_connections_free(connections);
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
		enum http_connection_state state;
		int64_t ms; /* 0: it is never late */
	} rows[] = {
	    {"header", HTTP_CONNECTION_IDLE, HTTP_CONNECTIONS_HEADER_MS},
	    {"body", HTTP_CONNECTION_BEGUN, HTTP_CONNECTIONS_REQUEST_MS},
	    {"work", HTTP_CONNECTION_SERVED, 0},
	    {"answer", HTTP_CONNECTION_ANSWERED, HTTP_CONNECTIONS_ANSWER_MS},
	};
	struct http_connections *connections = http_connections_new();

	(void)state;
	clock_set(1000, 1000);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct http_connection *connection;
		int ends[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
		connection = http_connection_new(connections, NULL, ends[0]);
		http_connection_enter(connections, connection, rows[i].state);
		clock_advance(rows[i].ms != 0 ? rows[i].ms : 3600000);
		http_connections_hurry(connections);
		CHECK(!is_shut(ends[1]), rows[i].name);
		clock_advance(1);
		http_connections_hurry(connections);
		CHECK(is_shut(ends[1]) == (rows[i].ms != 0), rows[i].name);
		http_connection_free(connections, connection);
		close(ends[0]);
		close(ends[1]);
	}
	http_connections_free(connections);
}

/* How many of these clients get in. */
static int
admitted(struct http_connections *connections, const char *format, int n)
{
	struct arena *a = arena_new();
	struct http_connection *all[300];
	int in = 0;

	for (int i = 0; i < n; i++) {
		const char *peer = arena_printf(a, format, i);

		if (http_connections_has_room(connections, peer, 200))
			all[in++] = http_connection_new(connections, peer, -1);
	}
	for (int i = 0; i < in; i++)
		http_connection_free(connections, all[i]);
	arena_free(a);
	return in;
}

static void
nobody_has_all_places(void **state)
{
	struct http_connections *connections = http_connections_new();

	(void)state;
	assert_int_equal(admitted(connections, "192.0.2.1", 200), 13);
	assert_int_equal(admitted(connections, "2001:db8::%x", 200), 13);
	assert_int_equal(admitted(connections, "192.0.2.%d", 200), 26);
	assert_int_equal(admitted(connections, "2001:db8:0:%x::1", 200), 26);
	assert_int_equal(admitted(connections, "10.0.%d.1", 200), 200);
	http_connections_free(connections);
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
