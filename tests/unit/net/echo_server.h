/* SPDX-License-Identifier: MIT */
/*
 * echo_server - a server that sends every line back, in a folder of its own,
 * and its clients.
 *
 * The clock stands still: a test moves it to make connections idle.
 */
#pragma once

#include "base/blocking.h"
#include "base/clock.h"
#include "check.h"
#include "net/net_metrics.h"
#include "net/private/worker_pool.h"
#include "net/server.h"
#include "net/stream.h"

#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Nothing here waits for that long unless something is wrong. */
#define PATIENCE_MS 300000

static char folder[] = "/tmp/postward-server-XXXXXX";
static char path[64], address[64], other_path[64], other_address[64];

/* A session that reads the line "wait" posts `waiting`, and goes on with `go`;
   one that reads "hang" does the same, but keeps its worker from others. */
static struct meeting {
	sem_t waiting, go;
} meeting;

static inline int
set_up_all(void **state)
{
	(void)state;
	clock_set(1700000000, 1000000);
	return sem_init(&meeting.waiting, 0, 0) | sem_init(&meeting.go, 0, 0);
}

static inline int
set_up(void **state)
{
	(void)state;
	strcpy(strrchr(folder, '-'), "-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/a", folder);
	snprintf(address, sizeof(address), "unix:%s/a", folder);
	snprintf(other_path, sizeof(other_path), "%s/b", folder);
	snprintf(other_address, sizeof(other_address), "unix:%s/b", folder);
	return 0;
}

static inline int
tear_down(void **state)
{
	(void)state;
	return rmdir(folder); /* and nothing is left in it */
}

#define IN_A_FOLDER(test)                                                      \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static inline size_t
whole_line(const char *bytes, size_t len, enum rc *rc, struct err *err)
{
	const char *end = memchr(bytes, '\n', len);

	(void)rc;
	(void)err;
	return end == NULL ? 0 : (size_t)(end - bytes) + 1;
}

static inline void
work_on(struct meeting *m, const char *request, size_t len)
{
	bool hangs = len == 5 && memcmp(request, "hang\n", 5) == 0;

	if (!hangs && (len != 5 || memcmp(request, "wait\n", 5) != 0))
		return;
	sem_post(&m->waiting);
	if (!hangs)
		blocking_begin();
	sem_wait(&m->go);
	if (!hangs)
		blocking_end();
}

struct echo {
	struct stream *stream;
	struct server_connection *connection;
	struct meeting *meeting;
};

static inline void *
echo_open(int fd, struct server_connection *connection, void *context)
{
	static const struct stream_settings settings = {
	    .room = 100, .request_ms = PATIENCE_MS};
	struct echo *e = malloc(sizeof(*e));

	*e = (struct echo){stream_new(fd, &settings), connection, context};
	return e;
}

/* Sends every line back, and is idle before it does, so that whoever has the
   answer knows that it is.  Two lines are enough in a row. */
static inline enum server_next
echo_serve(void *session, struct arena *arena)
{
	struct echo *e = session;
	const char *request;
	size_t len;

	(void)arena;
	for (int i = 0; i < 2; i++) {
		if (stream_read(e->stream, whole_line, &request, &len, NULL) !=
		    RC_OK)
			return SERVER_ENDS;
		if (request == NULL)
			return SERVER_WAITS;
		server_busy(e->connection);
		work_on(e->meeting, request, len);
		server_idle(e->connection);
		if (stream_write(e->stream, request, len, NULL) != RC_OK)
			return SERVER_ENDS;
	}
	return SERVER_GOES_ON;
}

static inline void
echo_close(void *session)
{
	struct echo *e = session;

	stream_free(e->stream);
	free(e);
}

static const struct server_sessions echo = {
    .open = echo_open, .serve = echo_serve, .close = echo_close};

static inline void
wait_for_a_session_at_work(void)
{
	sem_wait(&meeting.waiting);
}

static inline void
let_it_go_on(void)
{
	sem_post(&meeting.go);
}

static inline struct server *
open_server_for(const struct server_sessions *sessions, unsigned most,
    int64_t idle_ms)
{
	const char *const addresses[] = {address};
	const struct server_settings settings = {
	    .addresses = addresses,
	    .n_addresses = 1,
	    .mode = 0600,
	    .max_connections = most,
	    .idle_ms = idle_ms,
	};
	struct server *server = NULL;
	struct err err = {""};

	server_open(&settings, sessions, &meeting, &server, &err);
	assert_string_equal(err.text, "");
	return server;
}

static inline struct server *
open_server(const struct server_sessions *sessions, unsigned most)
{
	return open_server_for(sessions, most, PATIENCE_MS);
}

static inline int
client_new(void)
{
	const struct timeval patience = {PATIENCE_MS / 1000, 0};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

/* 0, or why not. */
static inline int
client_connect(int fd, const char *to)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	strcpy(un.sun_path, to);
	return connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0 ? 0 : errno;
}

static inline int
client(void)
{
	int fd = client_new();

	assert_int_equal(client_connect(fd, path), 0);
	return fd;
}

static inline void
send_line(int fd, const char *line)
{
	assert_int_equal(send(fd, line, strlen(line), MSG_NOSIGNAL),
	    strlen(line));
}

static inline void
expect_line(int fd, const char *line)
{
	char got[100] = "";

	assert_int_equal(recv(fd, got, strlen(line), MSG_WAITALL),
	    strlen(line));
	assert_string_equal(got, line);
}

static inline void
expect_echo(int fd)
{
	send_line(fd, "hello\n");
	expect_line(fd, "hello\n");
}

static inline void
expect_end(int fd)
{
	char byte;

	assert_int_equal(read(fd, &byte, 1), 0);
	close(fd);
}

/* As many as the pool has workers, each at that word. */
static inline void
keep_all_at_work(const char *word, int clients[static 64])
{
	assert_in_range(worker_pool_size(), 1, 64);
	for (unsigned i = 0; i < worker_pool_size(); i++) {
		clients[i] = client();
		send_line(clients[i], word);
		wait_for_a_session_at_work();
	}
}

static inline void
let_all_go_on(const char *word, const int clients[static 64])
{
	for (unsigned i = 0; i < worker_pool_size(); i++)
		let_it_go_on();
	for (unsigned i = 0; i < worker_pool_size(); i++) {
		expect_line(clients[i], word);
		close(clients[i]);
	}
}

/* One that the acceptor has let in, whether or not there is a worker for it. */
static inline int
accepted_client(void)
{
	int64_t before = metric_value(&net_connections, 0);
	int fd = client();

	while (metric_value(&net_connections, 0) == before)
		sched_yield();
	return fd;
}
