/* SPDX-License-Identifier: MIT */
#include "program/session.h"

#include "base/blocking_watch.h"
#include "check.h"
#include "net/private/server_connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static size_t
whole_line(const char *bytes, size_t len, enum rc *rc, struct err *err)
{
	const char *end = memchr(bytes, '\n', len);

	(void)rc, (void)err;
	return end == NULL ? 0 : (size_t)(end - bytes) + 1;
}

/* "sleep": as code that blocks, and does not say so. */
static const char *
answer_line(struct exchange *exchange, const char *request, size_t len,
    size_t *answer_len, struct err *err)
{
	struct timespec t = {.tv_nsec = (BLOCKING_WATCH_MS + 20) * 1000000L};

	(void)exchange, (void)err;
	if (strncmp(request, "sleep", 5) == 0)
		nanosleep(&t, NULL);
	*answer_len = len;
	return request;
}

static const struct service_settings *
service_of(const struct settings *settings)
{
	return &settings->policyd;
}

static const struct protocol protocol = {
    .room = 100,
    .whole = whole_line,
    .answer = answer_line,
    .service = service_of,
};

static struct snapshots *
open_snapshots(void)
{
	static const char text[] = "domains = { \"remotes.club\" }\n"
				   "resolver { servers = { \"127.0.0.1\" } }\n"
				   "store { url = \"sqlite:/nowhere/db\" }\n";
	char path[] = "/tmp/postward-session-XXXXXX";
	int fd = mkstemp(path);
	struct settings *settings;
	struct snapshots *snapshots = NULL;
	struct err err;

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	if (settings_open(path, &settings, &err) != RC_OK ||
	    snapshots_open(settings, &snapshots, &err) != RC_OK)
		fail_msg("%s", err.text);
	unlink(path);
	return snapshots;
}

/* Serves what a client says; the log is what is written to stderr. */
static void
serve_text(const char *said, char *log, size_t size)
{
	struct sessions all = {&protocol, open_snapshots()};
	struct server_connection connection = {.fd = -1};
	int before = dup(STDERR_FILENO), file = memfd_create("log", 0);
	struct arena *arena = arena_new();
	void *session;
	ssize_t n;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(write(fds[1], said, strlen(said)), strlen(said));
	session = session_server_sessions.open(fds[0], &connection, &all);
	assert_true(dup2(file, STDERR_FILENO) >= 0);
	assert_int_equal(session_server_sessions.serve(session, arena),
	    SERVER_WAITS);
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	session_server_sessions.close(session);
	n = pread(file, log, size - 1, 0);
	log[n > 0 ? n : 0] = '\0';
	for (size_t i = 0; i < 2; i++)
		close(fds[i]);
	close(before);
	close(file);
	arena_free(arena);
	snapshots_close(all.snapshots);
}

static void
tells_once_of_sleep_that_nobody_announced(void **state)
{
	char log[1000];

	(void)state;
	if (!blocking_watch_works())
		skip();
	serve_text("sleep\nsleep\n", log, sizeof(log));
	assert_non_null(strstr(log, "without blocking_begin\n"));
	assert_null(strstr(strchr(log, '\n') + 1, "without blocking_begin"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_once_of_sleep_that_nobody_announced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
