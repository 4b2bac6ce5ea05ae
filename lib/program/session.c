/* SPDX-License-Identifier: MIT */
#include "program/session.h"

#include "base/blocking_watch.h"
#include "base/clock.h"
#include "base/memory.h"
#include "program/metrics.h"

#include <stdatomic.h>
#include <stdlib.h>

/* After so many requests without a pause other connections have their turn. */
#define REQUESTS_IN_A_ROW 16

struct session {
	const struct sessions *all;
	struct snapshot *snapshot;
	void *memory;
	struct stream *stream;
	struct server_connection *connection;
};

static void *
open_session(int fd, struct server_connection *connection, void *context)
{
	const struct sessions *all = context;
	struct session *s = memory_zeroed(1, sizeof(*s));
	struct stream_settings settings = {.room = all->protocol->room};

	s->all = all;
	s->connection = connection;
	s->snapshot = snapshots_acquire(all->snapshots, NULL);
	settings.request_ms =
	    all->protocol->service(s->snapshot->settings)->deadline_ms;
	s->stream = stream_new(fd, &settings);
	if (all->protocol->state_new != NULL)
		s->memory = all->protocol->state_new();
	return s;
}

static void
close_session(void *session)
{
	struct session *s = session;

	stream_free(s->stream);
	if (s->all->protocol->state_free != NULL)
		s->all->protocol->state_free(s->memory);
	snapshots_release(s->all->snapshots, s->snapshot);
	free(s);
}

static bool
answer_one(struct session *s, struct arena *arena, const char *request,
    size_t len)
{
	int64_t began = clock_us();
	struct exchange exchange;
	const char *answer;
	size_t answer_len;
	struct err err;
	enum rc rc;

	s->snapshot = snapshots_acquire(s->all->snapshots, s->snapshot);
	exchange = (struct exchange){.snapshot = s->snapshot,
	    .arena = arena,
	    .memory = s->memory,
	    .began_us = began};
	answer = s->all->protocol->answer(&exchange, request, len, &answer_len,
	    &err);
	if (answer == NULL) {
		log_warn("closed a connection: %s", err.text);
		return false;
	}
	metric_time(&metrics_requests, clock_us() - began);
	rc = stream_write(s->stream, answer, answer_len, &err);
	if (exchange.after != NULL)
		exchange.after(&exchange, exchange.about);
	arena_reset(arena);
	if (rc != RC_OK)
		log_warn("an answer was not taken: %s", err.text);
	return rc == RC_OK;
}

/* Builds for development log, once, what holds up other requests. */
static bool
answer_watched(struct session *s, struct arena *arena, const char *request,
    size_t len)
{
	static atomic_flag told = ATOMIC_FLAG_INIT;
	int64_t slept_ms;
	bool go_on;

	blocking_watch_begin();
	go_on = answer_one(s, arena, request, len);
	slept_ms = blocking_watch_end();
	if (slept_ms > BLOCKING_WATCH_MS && !atomic_flag_test_and_set(&told))
		log_warn("a request slept for %lld ms without blocking_begin",
		    (long long)slept_ms);
	return go_on;
}

static enum server_next
serve_session(void *session, struct arena *arena)
{
	struct session *s = session;

	for (int i = 0; i < REQUESTS_IN_A_ROW; i++) {
		const char *request;
		struct err err;
		size_t len;
		bool go_on;
		enum rc rc = stream_read(s->stream, s->all->protocol->whole,
		    &request, &len, &err);

		if (rc == RC_NONE)
			return SERVER_ENDS;
		if (rc != RC_OK) {
			log_warn("closed a connection: %s", err.text);
			return SERVER_ENDS;
		}
		if (request == NULL)
			return SERVER_WAITS;
		server_busy(s->connection);
		go_on = answer_watched(s, arena, request, len);
		server_idle(s->connection);
		if (!go_on)
			return SERVER_ENDS;
	}
	return SERVER_GOES_ON;
}

const struct server_sessions session_server_sessions = {
    .open = open_session,
    .serve = serve_session,
    .close = close_session,
};
