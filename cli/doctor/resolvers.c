/* SPDX-License-Identifier: MIT */
#include "resolvers.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define PATIENCE_MS 5000
#define EVERYWHERE  "1.0.0.127.in-addr.arpa"

/* What one thread has to do. */
struct resolver_visit {
	const struct settings *settings;
	struct resolver *resolver;
	char problem[256]; /* as long as any err */
	pthread_t thread;
	bool started;
};

static int64_t
resolver_patience(const struct settings *settings)
{
	int64_t ms = settings->resolver.timeout_ms;

	return ms < PATIENCE_MS ? ms : PATIENCE_MS;
}

static void
resolver_visit_judge(struct resolver_visit *visit,
    const struct dns_query queries[2])
{
	visit->resolver->state = queries[0].rc != RC_TEMP   ? RESOLVER_ANSWERS
				 : queries[1].rc != RC_TEMP ? RESOLVER_FAILS
							    : RESOLVER_SILENT;
	if (queries[0].rc == RC_TEMP)
		snprintf(visit->problem, sizeof(visit->problem), "%s",
		    queries[0].problem);
}

static void *
resolver_visit_run(void *context)
{
	struct resolver_visit *visit = context;
	int64_t patience = resolver_patience(visit->settings);
	const struct dns_settings one = {
	    .servers = &visit->resolver->server,
	    .n_servers = 1,
	    .timeout_ms = patience,
	};
	struct dns_query queries[2] = {
	    {.name = visit->settings->hostname, .type = DNS_A},
	    {.name = EVERYWHERE, .type = DNS_PTR},
	};
	struct arena *a = arena_new();
	struct dns *dns;
	struct err err;

	if (dns_open(&one, &dns, &err) == RC_OK) {
		dns_ask(dns, a, queries, 2, clock_ms() + patience);
		resolver_visit_judge(visit, queries);
		dns_close(dns);
	} else {
		snprintf(visit->problem, sizeof(visit->problem), "%s",
		    err.text);
	}
	arena_free(a);
	return NULL;
}

/* "127.0.0.1:53", "[::1]:53", as dns_settings has them. */
static void
resolver_read_address(struct arena *a, struct resolver *r)
{
	char *text = arena_copy_text(a, r->server);

	if (ip_parse(text, &r->ip))
		return;
	if (text[0] == '[') {
		text++;
		text[strcspn(text, "]")] = '\0';
	} else if (strrchr(text, ':') != NULL) {
		*strrchr(text, ':') = '\0';
	}
	if (!ip_parse(text, &r->ip))
		r->ip = (struct ip){0};
}

static void
resolvers_visit(struct arena *a, const struct settings *settings,
    struct resolvers *out)
{
	struct resolver_visit visits[DNS_SERVERS_MAX] = {0};

	for (size_t i = 0; i < out->n; i++) {
		visits[i].settings = settings;
		visits[i].resolver = &out->all[i];
		visits[i].started = pthread_create(&visits[i].thread, NULL,
					resolver_visit_run, &visits[i]) == 0;
		if (!visits[i].started)
			resolver_visit_run(&visits[i]);
	}
	for (size_t i = 0; i < out->n; i++) {
		if (visits[i].started)
			pthread_join(visits[i].thread, NULL);
		if (out->all[i].state != RESOLVER_ANSWERS)
			out->all[i].problem =
			    arena_copy_text(a, visits[i].problem);
		out->silent += out->all[i].state == RESOLVER_SILENT;
	}
}

enum rc
resolvers_ask(struct arena *a, const struct settings *settings,
    struct resolvers *out, struct err *err)
{
	const char *const *servers = settings->resolver.servers;
	size_t n = settings->resolver.n_servers;
	enum rc rc = RC_OK;

	*out = (struct resolvers){.configured = n > 0};
	if (n == 0)
		rc = dns_servers_of_file(a, NULL, &servers, &n, err);
	if (rc != RC_OK)
		return rc;
	for (; out->n < n && out->n < DNS_SERVERS_MAX; out->n++) {
		out->all[out->n].server = servers[out->n];
		resolver_read_address(a, &out->all[out->n]);
	}
	resolvers_visit(a, settings, out);
	return RC_OK;
}
