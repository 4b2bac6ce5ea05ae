/* SPDX-License-Identifier: MIT */
/* How a server ends. */
#include "net/server.h"

#include "net/echo_server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

static void *
close_server(void *server)
{
	return (void *)(uintptr_t)server_close(server, PATIENCE_MS);
}

/* Starts to close the server, and returns when it has begun to: the idle
   connection has ended. */
static pthread_t
begin_to_close(struct server *server, int idle)
{
	pthread_t thread;

	pthread_create(&thread, NULL, close_server, server);
	expect_end(idle);
	return thread;
}

static uintptr_t
number_cut_off(pthread_t thread)
{
	void *cut;

	pthread_join(thread, &cut);
	return (uintptr_t)cut;
}

static void
finishes_what_is_in_flight(void **state)
{
	struct server *server = open_server(&echo, 10);
	int at_work = client(), idle = client(), late = client_new();
	pthread_t closing;

	(void)state;
	expect_echo(idle);
	send_line(at_work, "wait\n");
	wait_for_a_session_at_work();
	closing = begin_to_close(server, idle);
	assert_int_equal(client_connect(late, path), ENOENT);
	let_it_go_on();
	expect_line(at_work, "wait\n");
	expect_end(at_work);
	assert_int_equal(number_cut_off(closing), 0);
	close(late);
}

static void
answers_what_has_arrived_before_the_end(void **state)
{
	struct server *server = open_server(&echo, 10);
	int at_work = client(), idle = client();
	pthread_t closing;

	(void)state;
	expect_echo(idle);
	send_line(at_work, "wait\n");
	wait_for_a_session_at_work();
	send_line(at_work, "second\nthird\n");
	closing = begin_to_close(server, idle);
	let_it_go_on();
	expect_line(at_work, "wait\nsecond\nthird\n");
	expect_end(at_work);
	assert_int_equal(number_cut_off(closing), 0);
}

/* Writes until the client takes no more. */
static enum server_next
flood(void *session, struct arena *arena)
{
	struct echo *e = session;
	char bytes[1000] = "";

	(void)arena;
	server_busy(e->connection);
	while (stream_write(e->stream, bytes, sizeof(bytes), NULL) == RC_OK)
		;
	return SERVER_ENDS;
}

static const struct server_sessions floods = {
    .open = echo_open, .serve = flood, .close = echo_close};

static void
cuts_off_what_does_not_finish(void **state)
{
	struct server *server = open_server(&floods, 10);
	int fd = client();
	char byte;

	(void)state;
	send_line(fd, "flood\n");
	assert_int_equal(read(fd, &byte, 1), 1);
	assert_int_equal(server_close(server, 1), 1);
	close(fd);
}

static void
leaves_alone_what_does_not_even_notice(void **state)
{
	static struct server *left; /* on purpose, see server_close */
	int fd = client_new();

	(void)state;
	left = open_server(&echo, 10);
	assert_int_equal(client_connect(fd, path), 0);
	send_line(fd, "wait\n");
	wait_for_a_session_at_work();
	assert_int_equal(server_close(left, 0), 1);
	let_it_go_on();
	expect_end(fd);
}

static pthread_key_t key;
static atomic_uint gone;

static void
go_slowly(void *value)
{
	const struct timespec while_others_run = {0, 50000000};

	(void)value;
	nanosleep(&while_others_run, NULL);
	gone++;
}

static enum server_next
keep_something(void *session, struct arena *arena)
{
	pthread_setspecific(key, &key);
	return echo_serve(session, arena);
}

static const struct server_sessions keepers = {
    .open = echo_open, .serve = keep_something, .close = echo_close};

/* What a library keeps for a thread is freed before the server is. */
static void
waits_until_threads_are_gone(void **state)
{
	struct server *server;
	int one, other;

	(void)state;
	gone = 0;
	pthread_key_create(&key, go_slowly);
	server = open_server(&keepers, 10);
	one = client();
	other = client();
	send_line(one, "wait\n");
	wait_for_a_session_at_work();
	expect_echo(other); /* by another thread */
	let_it_go_on();
	expect_line(one, "wait\n");
	close(one);
	assert_int_equal(server_close(server, PATIENCE_MS), 0);
	assert_in_range(gone, 2, 3);
	expect_end(other);
	pthread_key_delete(key);
}

static void
closes_nothing_without_complaint(void **state)
{
	(void)state;
	assert_int_equal(server_close(NULL, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_A_FOLDER(finishes_what_is_in_flight),
	    IN_A_FOLDER(answers_what_has_arrived_before_the_end),
	    IN_A_FOLDER(cuts_off_what_does_not_finish),
	    IN_A_FOLDER(leaves_alone_what_does_not_even_notice),
	    IN_A_FOLDER(waits_until_threads_are_gone),
	    cmocka_unit_test(closes_nothing_without_complaint),
	};

	return cmocka_run_group_tests(tests, set_up_all, NULL);
}
