/* SPDX-License-Identifier: MIT */
#include "net/stream.h"

#include "base/clock.h"
#include "check.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM 100000

/* Both ends of a connection; what stalls, stalls for a few milliseconds of
   real time, or for as long as the test sets the clock. */
struct pair {
	int client, server;
	struct stream *stream;
};

static struct pair
pair_open(size_t room, int64_t request_ms)
{
	const struct stream_settings settings = {
	    .room = room, .request_ms = request_ms};
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	return (struct pair){fds[0], fds[1], stream_new(fds[1], &settings)};
}

static void
hang_up(struct pair *p)
{
	close(p->client);
	p->client = -1;
}

static void
pair_close(struct pair *p)
{
	stream_free(p->stream);
	close(p->server);
	if (p->client >= 0)
		hang_up(p);
}

static void
client_sends(const struct pair *p, const char *bytes)
{
	assert_int_equal(write(p->client, bytes, strlen(bytes)), strlen(bytes));
}

/* A request is a line; one with an exclamation mark is nonsense. */
static size_t
whole_line(const char *bytes, size_t len, enum rc *rc, struct err *err)
{
	const char *end = memchr(bytes, '\n', len);

	if (memchr(bytes, '!', len) != NULL)
		*rc = err_set(err, RC_PERM, "an exclamation mark");
	return end == NULL ? 0 : (size_t)(end - bytes) + 1;
}

/* What came in after the last recv is read by the second one. */
static enum rc
read_on(const struct pair *p, const char **request, size_t *len,
    struct err *err)
{
	enum rc rc = stream_read(p->stream, whole_line, request, len, err);

	if (rc == RC_OK && *request == NULL)
		rc = stream_read(p->stream, whole_line, request, len, err);
	return rc;
}

static void
expect_line(const struct pair *p, const char *want)
{
	const char *request;
	size_t len;
	struct err err = {""};
	enum rc rc = read_on(p, &request, &len, &err);

	CHECK(rc == RC_OK && request != NULL, want);
	CHECK(len == strlen(want), want);
	CHECK(memcmp(request, want, len) == 0, want);
}

static void
expect_end(const struct pair *p, enum rc want, const char *text)
{
	const char *request;
	size_t len;
	struct err err = {""};
	enum rc rc = read_on(p, &request, &len, &err);

	CHECK(rc == want, rc_name(want));
	CHECK_STR(err.text, text, rc_name(want));
}

static void
reads_requests_one_by_one(void **state)
{
	struct pair p = pair_open(ROOM, 5000);

	(void)state;
	client_sends(&p, "one\n");
	expect_line(&p, "one\n");
	client_sends(&p, "two\n");
	expect_line(&p, "two\n");
	pair_close(&p);
}

static void
reads_several_requests_of_one_piece(void **state)
{
	struct pair p = pair_open(ROOM, 5000);

	(void)state;
	client_sends(&p, "one\ntwo\n\nfou");
	expect_line(&p, "one\n");
	expect_line(&p, "two\n");
	expect_line(&p, "\n");
	client_sends(&p, "r\n");
	expect_line(&p, "four\n");
	hang_up(&p);
	expect_end(&p, RC_NONE, "");
	pair_close(&p);
}

/* Each look at an incomplete request brings the next byte of it. */
static struct {
	int client;
	const char *rest;
	int64_t ms;
} trickle;

static size_t
whole_trickle(const char *bytes, size_t len, enum rc *rc, struct err *err)
{
	size_t whole = whole_line(bytes, len, rc, err);

	if (whole == 0 && *trickle.rest != '\0') {
		clock_advance(trickle.ms);
		assert_int_equal(write(trickle.client, trickle.rest++, 1), 1);
	}
	return whole;
}

static void
reads_a_request_in_single_bytes(void **state)
{
	struct pair p = pair_open(ROOM, 5000);
	const char *request;
	size_t len;

	(void)state;
	trickle.client = p.client;
	trickle.rest = "byte by byte\n";
	trickle.ms = 0;
	client_sends(&p, "a ");
	assert_int_equal(stream_read(p.stream, whole_trickle, &request, &len,
			     NULL),
	    RC_OK);
	assert_int_equal(len, 15);
	assert_memory_equal(request, "a byte by byte\n", 15);
	pair_close(&p);
}

static void
cuts_a_request_that_comes_too_slowly(void **state)
{
	struct pair p = pair_open(ROOM, 10000);
	const char *request;
	size_t len;
	struct err err;

	(void)state;
	clock_set(1700000000, 1000);
	trickle.client = p.client;
	trickle.rest = "bcdefghijklmnopqrstuvwxyz";
	trickle.ms = 3000;
	client_sends(&p, "a");
	assert_int_equal(stream_read(p.stream, whole_trickle, &request, &len,
			     &err),
	    RC_TEMP);
	assert_string_equal(err.text,
	    "the client stalled after 5 bytes of a request");
	pair_close(&p);
}

static void
cuts_a_request_that_does_not_go_on(void **state)
{
	struct pair p = pair_open(ROOM, 5);

	(void)state;
	client_sends(&p, "half");
	expect_end(&p, RC_TEMP,
	    "the client stalled after 4 bytes of a request");
	pair_close(&p);
}

static void
expect_nothing(const struct pair *p)
{
	const char *request = "";
	size_t len;

	assert_int_equal(stream_read(p->stream, whole_line, &request, &len,
			     NULL),
	    RC_OK);
	assert_null(request);
}

static void
does_not_wait_for_a_request_to_begin(void **state)
{
	struct pair p = pair_open(ROOM, 5000);

	(void)state;
	expect_nothing(&p);
	client_sends(&p, "one\n");
	expect_line(&p, "one\n");
	expect_nothing(&p);
	client_sends(&p, "two\nthree\n");
	expect_line(&p, "two\n");
	expect_line(&p, "three\n");
	client_sends(&p, "four\n");
	expect_nothing(&p); /* what came later is for later */
	expect_line(&p, "four\n");
	hang_up(&p);
	expect_end(&p, RC_NONE, "");
	pair_close(&p);
}

static void
tells_where_the_client_closed(void **state)
{
	static const struct {
		const char *name, *bytes;
		enum rc rc;
		const char *text;
	} cases[] = {
	    {"before a request", "", RC_NONE, ""},
	    {"after a request", "one\n", RC_NONE, ""},
	    {"inside one", "one\ntw", RC_TEMP,
		"the client closed after 2 bytes of a request"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pair p = pair_open(ROOM, 5000);

		client_sends(&p, cases[i].bytes);
		hang_up(&p);
		if (cases[i].bytes[0] != '\0')
			expect_line(&p, "one\n");
		expect_end(&p, cases[i].rc, cases[i].text);
		pair_close(&p);
	}
}

static void
takes_a_reset_between_requests_for_the_end(void **state)
{
	struct pair p = pair_open(ROOM, 5000);

	(void)state;
	/* A peer that closes with bytes unread resets the connection. */
	assert_int_equal(stream_write(p.stream, "unread", 6, NULL), RC_OK);
	hang_up(&p);
	expect_end(&p, RC_NONE, "");
	pair_close(&p);
}

static void
refuses_nonsense(void **state)
{
	struct pair p = pair_open(ROOM, 5000);

	(void)state;
	client_sends(&p, "one\n");
	expect_line(&p, "one\n");
	client_sends(&p, "no!\n");
	expect_end(&p, RC_PERM, "an exclamation mark");
	pair_close(&p);
}

/* A line of len bytes. */
static char *
long_line(size_t len)
{
	char *line = malloc(len + 1);

	memset(line, 'x', len);
	line[len - 1] = '\n';
	line[len] = '\0';
	return line;
}

static void
reads_up_to_its_room(void **state)
{
	static const struct {
		const char *name;
		size_t room, len;
		bool fits;
	} cases[] = {
	    {"small room, filled", 10, 10, true},
	    {"small room, too long", 10, 11, false},
	    {"the first room, filled", 4096, 4096, true},
	    {"the first room, too long", 4096, 4097, false},
	    {"grown once", 100000, 4097, true},
	    {"grown and filled", 100000, 100000, true},
	    {"grown and too long", 100000, 100001, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pair p = pair_open(cases[i].room, 5000);
		char *line = long_line(cases[i].len);
		const char *request;
		size_t len;
		enum rc rc;

		client_sends(&p, line);
		rc = read_on(&p, &request, &len, NULL);
		CHECK(rc == (cases[i].fits ? RC_OK : RC_PERM), cases[i].name);
		if (rc == RC_OK)
			CHECK(len == cases[i].len &&
				  memcmp(request, line, len) == 0,
			    cases[i].name);
		free(line);
		pair_close(&p);
	}
}

static void
keeps_what_follows_a_long_request(void **state)
{
	struct pair p = pair_open(ROOM, 5000);
	char *line = long_line(50000), *second = long_line(50003);

	(void)state;
	memcpy(second, "sec", 3);
	client_sends(&p, line);
	client_sends(&p, "short\nsec");
	expect_line(&p, line);
	expect_line(&p, "short\n");
	client_sends(&p, line);
	client_sends(&p, "last\n");
	expect_line(&p, second);
	expect_line(&p, "last\n");
	free(line);
	free(second);
	pair_close(&p);
}

static void
writes_all_of_an_answer(void **state)
{
	struct pair p = pair_open(ROOM, 5000);
	char got[16];

	(void)state;
	assert_int_equal(stream_write(p.stream, "answer\n", 7, NULL), RC_OK);
	assert_int_equal(read(p.client, got, sizeof(got)), 7);
	assert_memory_equal(got, "answer\n", 7);
	pair_close(&p);
}

#define LONG ((size_t)2000000)

struct reader {
	int fd;
	char *got;
	ssize_t len;
};

static void *
read_slowly(void *arg)
{
	struct reader *r = arg;

	r->len = recv(r->fd, r->got, LONG, MSG_WAITALL);
	return NULL;
}

static void
writes_an_answer_in_as_many_pieces_as_it_takes(void **state)
{
	struct pair p = pair_open(ROOM, 20000);
	struct reader reader = {.fd = p.client, .got = malloc(LONG)};
	char *answer = long_line(LONG);
	pthread_t thread;

	(void)state;
	for (size_t i = 0; i < LONG; i++)
		answer[i] = (char)(i * i / 1000);
	pthread_create(&thread, NULL, read_slowly, &reader);
	assert_int_equal(stream_write(p.stream, answer, LONG, NULL), RC_OK);
	pthread_join(thread, NULL);
	assert_int_equal(reader.len, LONG);
	assert_true(memcmp(reader.got, answer, LONG) == 0);
	free(reader.got);
	free(answer);
	pair_close(&p);
}

static void
gives_up_on_a_client_that_does_not_read(void **state)
{
	struct pair p = pair_open(ROOM, 5);
	char *answer = long_line(LONG);
	struct err err;

	(void)state;
	assert_int_equal(stream_write(p.stream, answer, LONG, &err), RC_TEMP);
	assert_string_equal(err.text, "the client does not take its answer");
	free(answer);
	pair_close(&p);
}

static void
survives_a_client_that_is_gone(void **state)
{
	struct pair p = pair_open(ROOM, 5000);
	struct err err;

	(void)state;
	hang_up(&p);
	assert_int_equal(stream_write(p.stream, "answer\n", 7, &err), RC_TEMP);
	assert_string_equal(err.text, "writing an answer: Broken pipe");
	pair_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_requests_one_by_one),
	    cmocka_unit_test(reads_several_requests_of_one_piece),
	    cmocka_unit_test(reads_a_request_in_single_bytes),
	    cmocka_unit_test(cuts_a_request_that_comes_too_slowly),
	    cmocka_unit_test(cuts_a_request_that_does_not_go_on),
	    cmocka_unit_test(does_not_wait_for_a_request_to_begin),
	    cmocka_unit_test(tells_where_the_client_closed),
	    cmocka_unit_test(takes_a_reset_between_requests_for_the_end),
	    cmocka_unit_test(refuses_nonsense),
	    cmocka_unit_test(reads_up_to_its_room),
	    cmocka_unit_test(keeps_what_follows_a_long_request),
	    cmocka_unit_test(writes_all_of_an_answer),
	    cmocka_unit_test(writes_an_answer_in_as_many_pieces_as_it_takes),
	    cmocka_unit_test(gives_up_on_a_client_that_does_not_read),
	    cmocka_unit_test(survives_a_client_that_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
