/* SPDX-License-Identifier: MIT */
#include "net/server.h"

#include "net/echo_server.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void
serves_connections_side_by_side(void **state)
{
	struct server *server = open_server(&echo, 10);
	int a = client(), b = client();

	(void)state;
	send_line(a, "wait\n");
	wait_for_a_session_at_work();
	expect_echo(b);
	expect_echo(b);
	let_it_go_on();
	expect_line(a, "wait\n");
	assert_int_equal(server_close(server, PATIENCE_MS), 0);
	expect_end(a);
	expect_end(b);
}

static void
refuses_addresses_it_cannot_have(void **state)
{
	static const char *const many[17] = {""};
	const char *const twice[] = {address, address};
	const char *const wrong[] = {address, "unix:relative"};
	const struct {
		const char *name;
		const char *const *addresses;
		size_t n;
		const char *problem;
	} cases[] = {
	    {"none", NULL, 0, "0 addresses"},
	    {"too many", many, COUNT(many), "17 addresses"},
	    {"one twice", twice, COUNT(twice), "given twice"},
	    {"a wrong one", wrong, COUNT(wrong), "expected unix:/PATH"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct server_settings settings = {
		    .addresses = cases[i].addresses,
		    .n_addresses = cases[i].n,
		    .mode = 0600,
		    .max_connections = 1,
		    .idle_ms = PATIENCE_MS,
		};
		struct server *server;
		struct stat st;
		struct err err = {""};

		CHECK(server_open(&settings, &echo, NULL, &server, &err) ==
			  RC_PERM,
		    cases[i].name);
		CHECK(strstr(err.text, cases[i].problem), cases[i].name);
		CHECK(stat(path, &st) != 0, cases[i].name);
	}
}

static void
makes_room_by_closing_the_longest_idle(void **state)
{
	struct server *server = open_server(&echo, 3);
	int clients[3], next;

	(void)state;
	for (size_t i = 0; i < COUNT(clients); i++) {
		clients[i] = client();
		expect_echo(clients[i]);
		clock_advance(1000);
	}
	expect_echo(clients[0]); /* now the second is */
	clock_advance(1000);
	next = client();
	expect_echo(next);
	expect_end(clients[1]);
	close(clients[0]);
	close(clients[2]);
	close(next);
	assert_int_equal(server_close(server, PATIENCE_MS), 0);
}

static void
closes_none_that_is_idle_for_less_than_a_second(void **state)
{
	struct server *server = open_server(&echo, 3);
	int a, b, c, d;

	(void)state;
	b = client();
	expect_echo(b);
	clock_advance(500);
	a = client();
	expect_echo(a);
	clock_advance(100);
	expect_echo(b); /* now a is idle for longer */
	c = client();
	expect_echo(c);
	clock_advance(950); /* and only a for a second */

	d = client();
	send_line(d, "made room\n");
	expect_line(d, "made room\n");
	expect_end(a);
	expect_echo(b);
	expect_echo(c);
	close(b);
	close(c);
	close(d);
	assert_int_equal(server_close(server, PATIENCE_MS), 0);
}

static void
does_not_close_one_at_work_to_make_room(void **state)
{
	struct server *server = open_server(&echo, 2);
	int at_work = client(), idle, next;

	(void)state;
	send_line(at_work, "wait\n");
	wait_for_a_session_at_work();
	clock_advance(5000);
	idle = client();
	expect_echo(idle);
	clock_advance(5000);

	next = client();
	expect_echo(next);
	expect_end(idle);
	let_it_go_on();
	expect_line(at_work, "wait\n");
	expect_echo(at_work);
	close(at_work);
	close(next);
	assert_int_equal(server_close(server, PATIENCE_MS), 0);
}

static void
lets_clients_wait_until_there_is_room(void **state)
{
	struct server *server = open_server(&echo, 1);
	int first = client(), second;

	(void)state;
	send_line(first, "wait\n");
	wait_for_a_session_at_work();
	second = client();
	send_line(second, "patience\n");
	let_it_go_on();
	expect_line(first, "wait\n");
	close(first);
	expect_line(second, "patience\n");
	close(second);
	assert_int_equal(server_close(server, PATIENCE_MS), 0);
}

static void
makes_room_when_there_is_no_descriptor_left(void **state)
{
	struct server *server = open_server(&echo, 10);
	int idle = client(), next;
	struct rlimit limit, none;

	(void)state;
	expect_echo(idle);
	clock_advance(1000);
	next = client_new();
	getrlimit(RLIMIT_NOFILE, &limit);
	none = limit;
	none.rlim_cur = (rlim_t)next + 1;
	setrlimit(RLIMIT_NOFILE, &none);
	assert_int_equal(client_connect(next, path), 0);
	expect_echo(next); /* with what was the descriptor of idle */
	setrlimit(RLIMIT_NOFILE, &limit);
	expect_end(idle);
	close(next);
	assert_int_equal(server_close(server, PATIENCE_MS), 0);
}

static void
keeps_sockets_that_stay(void **state)
{
	struct server *server = open_server(&echo, 10);
	const char *const both[] = {address, other_address};
	const char *const last[] = {other_address};
	struct server_settings settings = {
	    .mode = 0600, .max_connections = 10, .idle_ms = PATIENCE_MS};
	int before = client(), after = client_new(), late = client_new();
	struct stat first, second;

	(void)state;
	expect_echo(before);
	stat(path, &first);
	settings.addresses = both;
	settings.n_addresses = 2;
	assert_int_equal(server_change(server, &settings, NULL), RC_OK);
	stat(path, &second);
	assert_int_equal(first.st_ino, second.st_ino);
	clock_advance(5000);
	assert_int_equal(client_connect(after, other_path), 0);
	expect_echo(after);

	settings.addresses = last;
	settings.n_addresses = 1;
	assert_int_equal(server_change(server, &settings, NULL), RC_OK);
	assert_int_equal(client_connect(late, path), ENOENT);
	expect_echo(before);
	expect_echo(after);
	assert_int_equal(server_close(server, PATIENCE_MS), 0);
	expect_end(before);
	expect_end(after);
	close(late);
}

static void
stays_as_it_is_when_a_change_fails(void **state)
{
	struct server *server = open_server(&echo, 10);
	const char *const addresses[] = {other_address, "unix:relative"};
	const struct server_settings settings = {
	    .addresses = addresses,
	    .n_addresses = 2,
	    .mode = 0600,
	    .max_connections = 1,
	    .idle_ms = PATIENCE_MS,
	};
	int one = client(), two, refused = client_new();

	(void)state;
	assert_int_equal(server_change(server, &settings, NULL), RC_PERM);
	assert_int_equal(client_connect(refused, other_path), ENOENT);
	two = client();
	expect_echo(one);
	expect_echo(two);
	close(one);
	close(two);
	close(refused);
	assert_int_equal(server_close(server, PATIENCE_MS), 0);
}

static void
takes_a_new_limit(void **state)
{
	struct server *server = open_server(&echo, 1);
	const char *const addresses[] = {address};
	const struct server_settings settings = {
	    .addresses = addresses,
	    .n_addresses = 1,
	    .mode = 0600,
	    .max_connections = 2,
	    .idle_ms = PATIENCE_MS,
	};
	int one = client(), two;

	(void)state;
	expect_echo(one);
	two = client();
	send_line(two, "hello\n");
	assert_int_equal(server_change(server, &settings, NULL), RC_OK);
	expect_line(two, "hello\n");
	expect_echo(one);
	close(one);
	close(two);
	assert_int_equal(server_close(server, PATIENCE_MS), 0);
}

static void
ends_what_is_idle_for_too_long(void **state)
{
	struct server *server = open_server_for(&echo, 10, 80);
	int at_work = client(), idle = client();

	(void)state;
	expect_echo(idle);
	send_line(at_work, "wait\n");
	wait_for_a_session_at_work();
	clock_advance(81);
	expect_end(idle);
	let_it_go_on();
	expect_line(at_work, "wait\n");
	close(at_work);
	assert_int_equal(server_close(server, PATIENCE_MS), 0);
}

#define STILL_MS 1000

static void
knows_those_who_wait_from_those_who_hang(void **state)
{
	struct server *server = open_server(&echo, 1000);
	int clients[64], others[20], late;
	size_t n = 0;

	(void)state;
	assert_true(server_is_alive(server, STILL_MS));
	keep_all_at_work("wait\n", clients);
	clock_advance(2 * STILL_MS);
	late = client();
	expect_echo(late);
	assert_true(server_is_alive(server, STILL_MS));
	let_all_go_on("wait\n", clients);

	keep_all_at_work("hang\n", clients);
	assert_true(server_is_alive(server, STILL_MS));
	send_line(late, "hello\n");
	/* Meanwhile the acceptor does its work. */
	for (; server_is_alive(server, STILL_MS); n++) {
		assert_in_range(n, 0, COUNT(others) - 1);
		others[n] = accepted_client();
		clock_advance(STILL_MS / 10);
	}
	assert_in_range(n, 10, COUNT(others));
	let_all_go_on("hang\n", clients);
	expect_line(late, "hello\n");
	close(late);
	while (n > 0)
		close(others[--n]);
	late = client();
	expect_echo(late);
	assert_true(server_is_alive(server, STILL_MS));
	close(late);
	assert_int_equal(server_close(server, PATIENCE_MS), 0);
}

/* More of them than are answered in a row, and than are read at once. */
static void
answers_many_lines_of_one_piece(void **state)
{
	struct server *server = open_server(&echo, 10);
	char lines[300 * 6 + 1] = "";
	int fd = client();

	(void)state;
	for (size_t i = 0; i < 300; i++)
		memcpy(lines + i * 6, "hello\n", 7);
	send_line(fd, lines);
	for (size_t i = 0; i < 300; i++)
		expect_line(fd, "hello\n");
	expect_echo(fd);
	close(fd);
	assert_int_equal(server_close(server, PATIENCE_MS), 0);
}

/* Two are at work on lines without end; a third has its turn. */
static void
takes_turns(void **state)
{
	struct server *server = open_server(&echo, 10);
	char lines[4000 * 6 + 1] = "";
	int greedy[3], modest = client();

	(void)state;
	for (size_t i = 0; i < 4000; i++)
		memcpy(lines + i * 6, "hello\n", 7);
	for (size_t i = 0; i < COUNT(greedy); i++) {
		greedy[i] = client();
		send_line(greedy[i], lines);
	}
	expect_echo(modest);
	for (size_t i = 0; i < COUNT(greedy); i++) {
		for (size_t k = 0; k < 4000; k++)
			expect_line(greedy[i], "hello\n");
		close(greedy[i]);
	}
	close(modest);
	assert_int_equal(server_close(server, PATIENCE_MS), 0);
}

static void
answers_who_has_hung_up(void **state)
{
	struct server *server = open_server(&echo, 10);

	(void)state;
	for (int i = 0; i < 100; i++) {
		int fd = client();

		send_line(fd, "hello\n");
		shutdown(fd, SHUT_WR);
		expect_line(fd, "hello\n");
		expect_end(fd);
	}
	assert_int_equal(server_close(server, PATIENCE_MS), 0);
}

static void
holds_a_thousand_idle_connections(void **state)
{
	static int clients[1000];
	struct rlimit limit;
	struct server *server;
	int one_more;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < 2 * COUNT(clients) + 100)
		skip();
	server = open_server(&echo, COUNT(clients) + 1);
	for (size_t i = 0; i < COUNT(clients); i++)
		clients[i] = client();
	one_more = client();
	expect_echo(one_more);
	expect_echo(clients[0]);
	expect_echo(clients[COUNT(clients) - 1]);
	assert_int_equal(server_close(server, PATIENCE_MS), 0);
	for (size_t i = 0; i < COUNT(clients); i++)
		expect_end(clients[i]);
	expect_end(one_more);
}

/* Sends back whether SIGTERM is blocked. */
static enum server_next
tell_mask(void *session, struct arena *arena)
{
	struct echo *e = session;
	const char *request;
	sigset_t mask;
	size_t len;

	(void)arena;
	stream_read(e->stream, whole_line, &request, &len, NULL);
	if (request == NULL)
		return SERVER_WAITS;
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	stream_write(e->stream,
	    sigismember(&mask, SIGTERM) ? "blocked\n" : "open\n", 8, NULL);
	return SERVER_ENDS;
}

static const struct server_sessions masks = {
    .open = echo_open, .serve = tell_mask, .close = echo_close};

static void
leaves_signals_to_the_main_thread(void **state)
{
	struct server *server = open_server(&masks, 10);
	int fd = client();
	sigset_t mask;

	(void)state;
	send_line(fd, "?\n");
	expect_line(fd, "blocked\n");
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	assert_false(sigismember(&mask, SIGTERM));
	close(fd);
	assert_int_equal(server_close(server, PATIENCE_MS), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_A_FOLDER(serves_connections_side_by_side),
	    IN_A_FOLDER(refuses_addresses_it_cannot_have),
	    IN_A_FOLDER(makes_room_by_closing_the_longest_idle),
	    IN_A_FOLDER(closes_none_that_is_idle_for_less_than_a_second),
	    IN_A_FOLDER(does_not_close_one_at_work_to_make_room),
	    IN_A_FOLDER(lets_clients_wait_until_there_is_room),
	    IN_A_FOLDER(makes_room_when_there_is_no_descriptor_left),
	    IN_A_FOLDER(keeps_sockets_that_stay),
	    IN_A_FOLDER(stays_as_it_is_when_a_change_fails),
	    IN_A_FOLDER(takes_a_new_limit),
	    IN_A_FOLDER(ends_what_is_idle_for_too_long),
	    IN_A_FOLDER(knows_those_who_wait_from_those_who_hang),
	    IN_A_FOLDER(answers_many_lines_of_one_piece),
	    IN_A_FOLDER(takes_turns),
	    IN_A_FOLDER(answers_who_has_hung_up),
	    IN_A_FOLDER(holds_a_thousand_idle_connections),
	    IN_A_FOLDER(leaves_signals_to_the_main_thread),
	};

	return cmocka_run_group_tests(tests, set_up_all, NULL);
}
