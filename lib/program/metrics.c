/* SPDX-License-Identifier: MIT */
#include "program/metrics.h"

#include "auth/auth_metrics.h"
#include "base/clock.h"
#include "base/memory.h"
#include "directory/directory_metrics.h"
#include "net/listen.h"
#include "net/net_metrics.h"
#include "policy/greylist.h"
#include "policy/list_name.h"
#include "policy/policy_metrics.h"
#include "policy/srs_tries.h"
#include "store/store_metrics.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_S  5 /* how long a client may say nothing */
#define CLIENTS_MAX 16

static const char *const types[] = {"text/plain; version=0.0.4"};

/* The programs in the order of their ports. */
static const char *const programs[] = {
    "policyd", "milter", "forwarder", "mailer", "signup"};

/* The families that every program has. */
static struct metric_family *const families[] = {
    &policy_decisions,
    &srs_wrong_hashes,
    &srs_slowed,
    &greylist_answers,
    &rate_answers,
    &log_lines_lost,
    &net_connections,
    &net_connections_ended,
    &net_dns_answers,
    &net_dns_queries,
    &auth_spf_results,
    &store_work_done,
    &directory_questions,
    &directory_failures,
    &directory_connections,
};

struct metric_times metrics_requests = {
    .name = "postward_request_seconds",
    .help = "Time from a request's last byte to its answer.",
};

struct metrics {
	const struct metrics_program *program;
	struct snapshots *snapshots;
	struct listen_socket socket;
	struct MHD_Daemon *http;
	char address[128];
};

const char *
metrics_page(const struct metrics_program *program, struct snapshot *snapshot,
    struct arena *a)
{
	struct str page;

	str_init(&page, a);
	metric_show_head(&page, "postward_info", "The version that runs.");
	metric_show_gauge(&page, "postward_info", "version", settings_version,
	    1);
	metric_show_times(&page, &metrics_requests);
	metric_show_times(&page, &directory_times);
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
		metric_show(&page, families[i]);
	for (size_t i = 0;
	     program->families != NULL && program->families[i] != NULL; i++)
		metric_show(&page, program->families[i]);
	if (program->more != NULL)
		program->more(&page, snapshot);
	return page.text;
}

/* True: one of the first n lists has that name. */
static struct dns_list *
list_called(const struct policy_settings *policy, const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list_name(&policy->lists[i]), name) == 0)
			return &policy->lists[i];
	return NULL;
}

/* Joins the lists of one name: Prometheus takes each label once. */
static bool
lists_are_well(const struct policy_settings *policy, const char *name)
{
	for (size_t i = 0; i < policy->n_lists; i++)
		if (strcmp(list_name(&policy->lists[i]), name) == 0 &&
		    list_health_suspended(dns_list_health(&policy->lists[i]),
			clock_ms()))
			return false;
	return true;
}

void
metrics_lists(struct str *page, struct snapshot *snapshot)
{
	const struct policy_settings *policy = &snapshot->settings->policy;

	metric_show_head(page, "postward_list_well",
	    "Whether a DNS list is well (1), or suspended (0).");
	for (size_t i = 0; i < policy->n_lists; i++) {
		const char *name = list_name(&policy->lists[i]);

		if (list_called(policy, name, i) == NULL)
			metric_show_gauge(page, "postward_list_well", "list",
			    name, lists_are_well(policy, name));
	}
}

static enum MHD_Result
send_text(struct MHD_Connection *connection, unsigned status, const char *text)
{
	struct MHD_Response *response =
	    MHD_create_response_from_buffer(strlen(text),
		(void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	MHD_add_response_header(response, "Content-Type", types[0]);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result
answer_scrape(void *context, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **state)
{
	struct metrics *m = context;
	struct snapshot *snapshot;
	struct arena *a;
	enum MHD_Result result;

	(void)version, (void)upload, (void)upload_len, (void)state;
	if (strcmp(method, "GET") != 0)
		return send_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
		    "GET only\n");
	if (strcmp(url, "/metrics") != 0)
		return send_text(connection, MHD_HTTP_NOT_FOUND,
		    "see /metrics\n");
	a = arena_new();
	snapshot = snapshots_acquire(m->snapshots, NULL);
	result = send_text(connection, MHD_HTTP_OK,
	    metrics_page(m->program, snapshot, a));
	snapshots_release(m->snapshots, snapshot);
	arena_free(a);
	return result;
}

/* Returns "inet:ADDRESS:PORT" for that program; NULL: no metrics are wanted. */
static const char *
address_of(const struct metrics_program *program, struct snapshots *snapshots,
    struct arena *a)
{
	struct snapshot *snapshot = snapshots_acquire(snapshots, NULL);
	const char *base = arena_copy_text(a, snapshot->settings->metrics);
	const char *port = strrchr(base, ':');
	size_t i = 0;

	snapshots_release(snapshots, snapshot);
	if (port == NULL)
		return NULL;
	while (strcmp(programs[i], program->name) != 0)
		i++;
	return arena_printf(a, "inet:%.*s:%ld", (int)(port - base), base,
	    strtol(port + 1, NULL, 10) + (long)i);
}

static enum rc
metrics_start(const struct metrics_program *program,
    struct snapshots *snapshots, const char *address, struct metrics **out,
    struct err *err)
{
	static const struct listen_settings settings = {.backlog = 16};
	struct metrics *m = memory_zeroed(1, sizeof(*m));
	enum rc rc = listen_open(address, &settings, &m->socket, err);

	if (rc != RC_OK) {
		free(m);
		return rc;
	}
	m->program = program;
	m->snapshots = snapshots;
	snprintf(m->address, sizeof(m->address), "%s", address);
	m->http = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD |
				       MHD_USE_AUTO | MHD_USE_ITC,
	    0, NULL, NULL, answer_scrape, m, MHD_OPTION_LISTEN_SOCKET,
	    m->socket.fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CLIENTS_MAX,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)PATIENCE_S,
	    MHD_OPTION_END);
	if (m->http == NULL) {
		listen_close(&m->socket);
		free(m);
		return err_set(err, RC_TEMP,
		    "metrics.listen: cannot start its thread");
	}
	*out = m;
	return RC_OK;
}

/* libmicrohttpd closes the socket itself. */
void
metrics_close(struct metrics *m)
{
	if (m == NULL)
		return;
	MHD_stop_daemon(m->http);
	free(m);
}

enum rc
metrics_change(const struct metrics_program *program,
    struct snapshots *snapshots, struct metrics **m, struct err *err)
{
	struct arena *a = arena_new();
	const char *address = address_of(program, snapshots, a);
	struct metrics *old = *m, *new = NULL;
	enum rc rc = RC_OK;

	if ((old == NULL && address == NULL) ||
	    (old != NULL && address != NULL &&
		strcmp(old->address, address) == 0)) {
		arena_free(a);
		return RC_OK;
	}
	if (address != NULL)
		rc = metrics_start(program, snapshots, address, &new, err);
	arena_free(a);
	if (rc != RC_OK)
		return rc;
	metrics_close(old);
	*m = new;
	return RC_OK;
}
