/* SPDX-License-Identifier: MIT */
#include "program/session.h"

#include "base/clock.h"
#include "net/server.h"
#include "program/metrics.h"

struct session {
	const struct protocol *protocol;
	struct worlds *worlds;
	struct exchange exchange;
	struct stream *stream;
	struct server_connection *connection;
};

static bool
answer_one(struct session *s, const char *request, size_t len)
{
	const char *answer;
	size_t answer_len;
	struct err err;
	enum rc rc;

	int64_t began = clock_us();

	s->exchange.world = worlds_present(s->worlds, s->exchange.world);
	answer =
	    s->protocol->answer(&s->exchange, request, len, &answer_len, &err);
	if (answer == NULL) {
		log_warn("closed a connection: %s", err.text);
		return false;
	}
	metric_time(&metrics_requests, clock_us() - began);
	rc = stream_write(s->stream, answer, answer_len, &err);
	arena_reset(s->exchange.arena);
	if (rc != RC_OK)
		log_warn("an answer was not taken: %s", err.text);
	return rc == RC_OK;
}

static void
converse(struct session *s)
{
	const char *request;
	struct err err;
	size_t len;

	for (;;) {
		enum rc rc = stream_read(s->stream, s->protocol->whole,
		    &request, &len, &err);
		bool go_on;

		if (rc == RC_NONE)
			return;
		if (rc != RC_OK) {
			log_warn("closed a connection: %s", err.text);
			return;
		}
		server_busy(s->connection);
		go_on = answer_one(s, request, len);
		server_idle(s->connection);
		if (!go_on)
			return;
	}
}

void
session_serve(const struct protocol *protocol, struct worlds *worlds, int fd,
    struct server_connection *connection)
{
	struct session s = {
	    .protocol = protocol,
	    .worlds = worlds,
	    .exchange =
		{
		    .world = worlds_present(worlds, NULL),
		    .arena = arena_new(),
		},
	    .connection = connection,
	};
	const struct service_settings *service =
	    protocol->service(s.exchange.world->settings);
	const struct stream_settings settings = {
	    .room = protocol->room,
	    .idle_ms = SESSION_IDLE_MS,
	    .request_ms = service->deadline_ms,
	};

	if (protocol->remember != NULL)
		s.exchange.memory = protocol->remember();
	s.stream = stream_new(fd, &settings);
	converse(&s);
	stream_free(s.stream);
	if (protocol->forget != NULL)
		protocol->forget(s.exchange.memory);
	arena_free(s.exchange.arena);
	worlds_give_back(worlds, s.exchange.world);
}
