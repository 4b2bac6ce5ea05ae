/* SPDX-License-Identifier: MIT */
/*
 * spf_driver - SPF checks for the Python tests: one JSON object a line comes
 * in, one goes out.
 *
 * usage: spf_driver zone FILE | server ADDRESS:PORT [TIMEOUT_MS [THREADS]]
 *
 * kept-zone, kept-server: with a cache; each check is made twice.
 * With THREADS, that many checks run at once; "ms" is what each took.
 */
#include "auth/spf.h"
#include "base/clock.h"
#include "dns_zone.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWERS_KEPT 20000

struct work {
	const struct spf *spf;
	char **lines; /* each replaced by what it leads to */
	size_t n;
	_Atomic size_t next;
};

static const char *
text_of(const cJSON *object, const char *name, const char *otherwise)
{
	const char *text =
	    cJSON_GetStringValue(cJSON_GetObjectItem(object, name));

	return text != NULL ? text : otherwise;
}

static void
add_text(cJSON *object, const char *name, const char *text)
{
	cJSON_AddItemToObject(object, name,
	    text != NULL ? cJSON_CreateString(text) : cJSON_CreateNull());
}

static char *
result_text(const struct spf_result *r, int64_t ms)
{
	cJSON *object = cJSON_CreateObject(), *trace;
	char *text;

	add_text(object, "result", spf_verdict_name(r->verdict));
	add_text(object, "identity", spf_identity_name(r->identity));
	add_text(object, "domain", r->domain);
	add_text(object, "explanation", r->explanation);
	add_text(object, "problem", r->problem);
	add_text(object, "term", r->term);
	add_text(object, "term_domain", r->term_domain);
	cJSON_AddNumberToObject(object, "lookups", r->lookups);
	cJSON_AddNumberToObject(object, "voids", r->voids);
	cJSON_AddNumberToObject(object, "queries", r->queries);
	cJSON_AddNumberToObject(object, "ms", (double)ms);
	cJSON_AddBoolToObject(object, "kept", r->kept_since != 0);
	trace = cJSON_AddArrayToObject(object, "trace");
	for (size_t i = 0; i < r->n_trace; i++)
		cJSON_AddItemToArray(trace, cJSON_CreateString(r->trace[i]));
	text = cJSON_PrintUnformatted(object);
	cJSON_Delete(object);
	return text;
}

/* Each check is made twice, and the second result counts. */
static bool twice;

static void
check_identity(const struct spf *spf, struct arena *a, const char *identity,
    const struct spf_request *request, struct spf_result *out)
{
	for (int i = 0; i <= twice; i++)
		if (strcmp(identity, "helo") == 0)
			spf_check_helo(spf, a, request, out);
		else
			spf_check(spf, a, request, out);
}

static char *
check(const struct spf *spf, struct arena *a, const char *line)
{
	cJSON *object = cJSON_Parse(line);
	const cJSON *deadline = cJSON_GetObjectItem(object, "deadline_ms");
	int64_t start = clock_ms();
	struct spf_request request = {
	    .helo = text_of(object, "helo", ""),
	    .sender = text_of(object, "sender", ""),
	    .receiver = text_of(object, "receiver", "unknown"),
	    .deadline = start + (deadline ? deadline->valueint : 20000),
	    .trace = cJSON_IsTrue(cJSON_GetObjectItem(object, "trace")),
	};
	struct spf_result result;
	char *text;

	ip_parse(text_of(object, "ip", ""), &request.client);
	check_identity(spf, a, text_of(object, "identity", ""), &request,
	    &result);
	text = result_text(&result, clock_ms() - start);
	cJSON_Delete(object);
	arena_reset(a);
	return text;
}

static void *
run(void *arg)
{
	struct work *work = arg;
	struct arena *a = arena_new();
	size_t i;

	while ((i = work->next++) < work->n) {
		char *line = work->lines[i];

		work->lines[i] = check(work->spf, a, line);
		free(line);
	}
	arena_free(a);
	return NULL;
}

static void
read_lines(struct work *work)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		work->lines =
		    realloc(work->lines, (work->n + 1) * sizeof(char *));
		work->lines[work->n++] = line;
		line = NULL;
	}
	free(line);
}

/* Answers each line at once, so that a test can talk with it. */
static void
converse(const struct spf *spf)
{
	struct arena *a = arena_new();
	char *line = NULL, *text;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		text = check(spf, a, line);
		puts(text);
		fflush(stdout);
		free(text);
	}
	free(line);
	arena_free(a);
}

static void
run_at_once(const struct spf *spf, size_t n)
{
	struct work work = {.spf = spf};
	pthread_t *threads = calloc(n, sizeof(*threads));

	read_lines(&work);
	for (size_t i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, run, &work) != 0)
			abort();
	for (size_t i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < work.n; i++) {
		puts(work.lines[i]);
		free(work.lines[i]);
	}
	free(work.lines);
	free(threads);
}

static enum rc
open_dns(char **argv, struct dns **out, struct err *err)
{
	struct dns_settings settings = {
	    .servers = (const char *const[]){argv[2]},
	    .n_servers = 1,
	    .timeout_ms = argv[3] != NULL ? atoi(argv[3]) : 2000,
	    .cache_answers = twice ? ANSWERS_KEPT : 0,
	};
	enum rc rc;

	if (strstr(argv[1], "zone") == NULL)
		return dns_open(&settings, out, err);
	rc = dns_open_zone(argv[2], out, err);
	if (rc == RC_OK && twice)
		dns_zone_keep(*out, ANSWERS_KEPT);
	return rc;
}

int
main(int argc, char **argv)
{
	struct dns *dns;
	struct spf *spf;
	struct err err;

	twice = argc > 1 && strncmp(argv[1], "kept-", 5) == 0;
	if (argc < 3 || open_dns(argv, &dns, &err) != RC_OK) {
		fprintf(stderr, "spf_driver: %s\n",
		    argc < 3 ? "usage" : err.text);
		return 2;
	}
	spf = spf_new(dns);
	if (argc > 4)
		run_at_once(spf, (size_t)atoi(argv[4]));
	else
		converse(spf);
	spf_free(spf);
	dns_close(dns);
	return 0;
}
