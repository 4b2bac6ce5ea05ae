/* SPDX-License-Identifier: MIT */
#include "http.h"

#include "base/clock.h"
#include "base/memory.h"
#include "client.h"
#include "http_answer.h"
#include "net/handlers.h"
#include "routes.h"
#include "signup_metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Between two requests, or two pieces of one. */
#define SILENCE_SECONDS 10
#define HEADER_MAX      (64 * 1024) /* and what MHD adds to it */
#define PAUSE_MS        10

struct http {
	struct MHD_Daemon *daemon;
	struct snapshots *snapshots;
	struct http_connections *connections;
	struct throttle *throttle;
	atomic_bool stopping;
	struct handlers *handlers;
};

/* One request, until its answer is sent. */
struct job {
	struct arena *arena;
	struct visit visit;
	struct response reply;
	const struct route *route;
	char *body;
	bool is_told; /* that this client is refused */
};

/* All fields of that name, with commas between them (RFC 9110 5.3). */
struct joined {
	const char *name;
	struct str text;
	unsigned n;
};

static enum MHD_Result
join_field(void *context, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
	struct joined *j = context;

	(void)kind;
	if (str_equal_fold(name, j->name)) {
		if (j->n++ > 0)
			str_add(&j->text, ",");
		str_add(&j->text, value != NULL ? value : "");
	}
	return MHD_YES;
}

static const char *
header_field(struct arena *a, struct MHD_Connection *connection,
    const char *name)
{
	struct joined j = {.name = name};

	str_init(&j.text, a);
	MHD_get_connection_values(connection, MHD_HEADER_KIND, join_field, &j);
	return j.n > 0 ? j.text.text : NULL;
}

/* "Content-Length : 5" is a field of that length to some, and none to others:
   libmicrohttpd takes the blank for a part of the name (RFC 9112 5.1). */
static enum MHD_Result
find_odd_name(void *context, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
	bool *odd = context;

	(void)kind;
	(void)value;
	*odd = *odd || name[strcspn(name, " \t:")] != '\0';
	return MHD_YES;
}

static bool
has_odd_names(struct MHD_Connection *connection)
{
	bool odd = false;

	MHD_get_connection_values(connection, MHD_HEADER_KIND, find_odd_name,
	    &odd);
	return odd;
}

/* -1: nobody knows, or two say different things: either way where the next
   request begins is not clear (RFC 9112 6.3). */
static int64_t
length_of(struct arena *a, struct MHD_Connection *connection)
{
	const char *length = header_field(a, connection, "Content-Length");
	char *end;
	int64_t n;

	if (header_field(a, connection, "Transfer-Encoding") != NULL ||
	    has_odd_names(connection))
		return -1;
	if (length == NULL)
		return 0;
	if (length[0] < '0' || length[0] > '9')
		return -1;
	errno = 0;
	n = strtoll(length, &end, 10);
	return errno == 0 && *end == '\0' ? n : -1;
}

/* NULL: a unix socket. */
static const char *
client_address_text(struct arena *a, const struct sockaddr *name)
{
	char text[INET6_ADDRSTRLEN];
	const void *address;

	if (name != NULL && name->sa_family == AF_INET)
		address = &((const struct sockaddr_in *)name)->sin_addr;
	else if (name != NULL && name->sa_family == AF_INET6)
		address = &((const struct sockaddr_in6 *)name)->sin6_addr;
	else
		return NULL;
	inet_ntop(name->sa_family, address, text, sizeof(text));
	return arena_copy_text(a, text);
}

static const char *
peer_of(struct arena *a, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection,
		MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	return info != NULL ? client_address_text(a, info->client_addr) : NULL;
}

static struct http_connection *
http_connection_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection,
		MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info->socket_context;
}

static struct job *
job_new(struct http *http, struct MHD_Connection *connection, const char *url,
    const char *method)
{
	struct arena *a = arena_new();
	struct job *job = arena_take(a, sizeof(*job));
	struct snapshot *snapshot = snapshots_acquire(http->snapshots, NULL);

	arena_wipe(a); /* codes are typed */
	job->arena = a;
	job->visit = (struct visit){
	    .arena = a,
	    .snapshot = snapshot,
	    .now = clock_now(),
	    .method = arena_copy_text(a, method),
	    .path = arena_copy_text(a, url),
	    .client = client_address(a, &snapshot->settings->signup,
		peer_of(a, connection),
		header_field(a, connection, "X-Forwarded-For")),
	    .content_type = header_field(a, connection, "Content-Type"),
	    .cookie = header_field(a, connection, "Cookie"),
	    .origin = header_field(a, connection, "Origin"),
	    .fetch_site = header_field(a, connection, "Sec-Fetch-Site"),
	    .host = header_field(a, connection, "Host"),
	    .browser = header_field(a, connection, "User-Agent"),
	    .length = length_of(a, connection),
	};
	job->route = routes_find(a, job->visit.path, &job->visit.id);
	return job;
}

/* Of forms, as monitors of this machine look at pages without a proxy. */
static void
tell_of_proxy(struct MHD_Connection *connection, const struct job *job)
{
	static struct log_limit limit;
	const struct visit *v = &job->visit;
	const char *why;

	if (strcmp(v->method, "POST") != 0)
		return;
	why = client_not_read(v->arena, &v->snapshot->settings->signup,
	    peer_of(v->arena, connection),
	    header_field(v->arena, connection, "X-Forwarded-For"));
	if (why != NULL)
		log_error_limited(&limit, "%s", why);
}

static void
log_post(const struct job *job)
{
	const struct response *r = &job->reply;
	const char *result = r->result != NULL ? r->result : "done";
	const struct log_pair pairs[] = {
	    {"route", job->route != NULL ? job->route->name : "none"},
	    {"client", job->visit.client},
	    {"result", result},
	    {"id", r->id != NULL && r->id[0] != '\0' ? r->id : NULL},
	};

	signup_metrics_count(result);
	if (job->is_told)
		return;
	log_event(LOG_LEVEL_INFO, pairs, sizeof(pairs) / sizeof(*pairs));
}

static enum MHD_Result
answer_visit(struct http *http, struct MHD_Connection *connection,
    struct job *job, bool close)
{
	static struct log_limit limit;

	if (job->reply.trouble.text[0] != '\0')
		log_error_limited(&limit, "%s", job->reply.trouble.text);
	if (strcmp(job->visit.method, "POST") == 0)
		log_post(job);
	http_connection_enter(http->connections, http_connection_of(connection),
	    HTTP_CONNECTION_ANSWERED);
	return http_answer(connection, &job->visit, &job->reply,
	    close || atomic_load(&http->stopping));
}

/* The header alone: an answer given now is sent without reading the body, and
   the connection is closed. */
static enum MHD_Result
begin_visit(struct http *http, struct MHD_Connection *connection,
    struct job *job)
{
	job->is_told = !routes_afford(job->route, http->throttle, &job->visit);
	if (!routes_admit(job->route, &job->visit, &job->reply))
		return answer_visit(http, connection, job,
		    job->visit.length != 0);
	job->body = arena_take(job->arena, (size_t)job->visit.length + 1);
	return MHD_YES;
}

static enum MHD_Result
serve_part(struct http *http, struct MHD_Connection *connection,
    const char *url, const char *method, const char *data, size_t *size,
    void **memory)
{
	struct job *job = *memory;

	if (job == NULL) {
		*memory = job = job_new(http, connection, url, method);
		tell_of_proxy(connection, job);
		http_connection_enter(http->connections,
		    http_connection_of(connection), HTTP_CONNECTION_BEGUN);
		return begin_visit(http, connection, job);
	}
	if (*size > 0) {
		/* libmicrohttpd counts, too. */
		if (*size > (size_t)job->visit.length - job->visit.body_len)
			return MHD_NO;
		memcpy(job->body + job->visit.body_len, data, *size);
		job->visit.body_len += *size;
		*size = 0;
		return MHD_YES;
	}
	job->visit.body = job->body;
	http_connection_enter(http->connections, http_connection_of(connection),
	    HTTP_CONNECTION_SERVED);
	routes_answer(job->route, &job->visit, &job->reply);
	return answer_visit(http, connection, job, false);
}

/* For the watchdog it is one of the handlers. */
static enum MHD_Result
on_request(void *context, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **memory)
{
	struct http *http = context;
	enum MHD_Result result;

	(void)version;
	handlers_begin(http->handlers);
	result = serve_part(http, connection, url, method, data, size, memory);
	handlers_end(http->handlers);
	return result;
}

static void
on_completed(void *context, struct MHD_Connection *connection, void **memory,
    enum MHD_RequestTerminationCode why)
{
	struct http *http = context;
	struct job *job = *memory;

	(void)why;
	http_connection_enter(http->connections, http_connection_of(connection),
	    HTTP_CONNECTION_IDLE);
	if (job == NULL)
		return;
	snapshots_release(http->snapshots, job->visit.snapshot);
	arena_free(job->arena);
	*memory = NULL;
}

static void
on_connection(void *context, struct MHD_Connection *connection, void **memory,
    enum MHD_ConnectionNotificationCode what)
{
	struct http *http = context;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		struct arena *a = arena_new();
		const char *peer = peer_of(a, connection);

		*memory = http_connection_new(http->connections, peer,
		    MHD_get_connection_info(connection,
			MHD_CONNECTION_INFO_CONNECTION_FD)
			->connect_fd);
		arena_free(a);
		return;
	}
	http_connection_free(http->connections, *memory);
	*memory = NULL;
}

/* Its own remarks are about what strangers send. */
static void
on_remark(void *context, const char *format, va_list args)
{
	char text[256];

	(void)context;
	vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\n")] = '\0';
	log_debug("libmicrohttpd: %s", text);
}

/* Our paths have nothing to unescape, and so no second spelling. */
static size_t
keep_escaped(void *context, struct MHD_Connection *connection, char *text)
{
	(void)context;
	(void)connection;
	return strlen(text);
}

/* Nobody takes all connections, unless it is a proxy. */
static enum MHD_Result
on_accept(void *context, const struct sockaddr *name, socklen_t len)
{
	struct http *http = context;
	struct arena *a = arena_new();
	struct snapshot *snapshot = snapshots_acquire(http->snapshots, NULL);
	const struct signup_settings *settings = &snapshot->settings->signup;
	const char *peer = client_address_text(a, name);
	bool admitted = peer == NULL || client_is_proxy(settings, peer) ||
			http_connections_has_room(http->connections, peer,
			    settings->max_connections);

	(void)len;
	snapshots_release(http->snapshots, snapshot);
	arena_free(a);
	return admitted ? MHD_YES : MHD_NO;
}

enum rc
http_open(struct snapshots *snapshots, const struct signup_settings *settings,
    const struct listen_socket *place, struct http **out, struct err *err)
{
	struct http *http = memory_zeroed(1, sizeof(*http));

	http->snapshots = snapshots;
	http->connections = http_connections_new();
	http->throttle = throttle_new();
	http->handlers = handlers_new();
	http->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD |
					    MHD_USE_THREAD_PER_CONNECTION |
					    MHD_USE_POLL | MHD_USE_ITC |
					    MHD_USE_ERROR_LOG,
	    0, on_accept, http, on_request, http, MHD_OPTION_EXTERNAL_LOGGER,
	    on_remark, NULL, MHD_OPTION_LISTEN_SOCKET, place->fd,
	    MHD_OPTION_UNESCAPE_CALLBACK, keep_escaped, NULL,
	    MHD_OPTION_CONNECTION_LIMIT, settings->max_connections,
	    MHD_OPTION_CONNECTION_TIMEOUT, SILENCE_SECONDS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_MAX,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, http,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_END);
	if (http->daemon == NULL) {
		http_connections_free(http->connections);
		throttle_free(http->throttle);
		handlers_free(http->handlers);
		free(http);
		return err_set(err, RC_TEMP, "%s: cannot serve there",
		    place->address);
	}
	*out = http;
	return RC_OK;
}

bool
http_is_alive(struct http *http, int64_t patience_ms)
{
	return handlers_are_alive(http->handlers, patience_ms);
}

void
http_hurry(struct http *http)
{
	http_connections_hurry(http->connections);
}

void
http_quiet(struct http *http)
{
	atomic_store(&http->stopping, true);
	MHD_quiesce_daemon(http->daemon);
}

unsigned
http_close(struct http *http, int64_t patience_ms)
{
	int64_t end = clock_ms() + patience_ms;

	while (http_connections_busy(http->connections) > 0) {
		if (clock_ms() >= end)
			return http_connections_busy(http->connections);
		poll(NULL, 0, PAUSE_MS);
	}
	MHD_stop_daemon(http->daemon);
	http_connections_free(http->connections);
	throttle_free(http->throttle);
	handlers_free(http->handlers);
	free(http);
	return 0;
}
