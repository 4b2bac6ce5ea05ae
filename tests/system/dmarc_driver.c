/* SPDX-License-Identifier: MIT */
/*
 * dmarc_driver - DMARC evaluations for the Python tests: one JSON object a line
 * comes in, one goes out.
 *
 *	{"author": "example.org", "spf": [DOMAIN, RESULT] or null,
 *	 "dkim": [[DOMAIN, RESULT], ...],
 *	 "zone": {NAME: "fails" or [TEXT, ...]}}
 *
 * A name of which nothing is said does not exist, unless one below it does.
 */
#include "auth/dmarc.h"
#include "base/str.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGNATURES_MAX 20

static struct dmarc_identifier
identifier_of(const cJSON *pair)
{
	const char *result = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1));
	struct dmarc_identifier it = {
	    .domain = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 0))};

	if (result != NULL && strcmp(result, "pass") == 0)
		it.auth = DMARC_AUTH_PASSED;
	else if (result != NULL && strcmp(result, "temperror") == 0)
		it.auth = DMARC_AUTH_TEMPERROR;
	return it;
}

static bool
is_name_there(const cJSON *zone, const char *name)
{
	const cJSON *entry;

	cJSON_ArrayForEach(entry, zone)
	{
		size_t len = strlen(entry->string), below = strlen(name) + 1;

		if (strcmp(entry->string, name) == 0 ||
		    (len > below && entry->string[len - below] == '.' &&
			str_ends_fold(entry->string, name)))
			return true;
	}
	return false;
}

static void
answer_query(struct arena *a, const cJSON *zone, struct dns_query *q)
{
	const cJSON *found = cJSON_GetObjectItemCaseSensitive(zone, q->name);
	size_t n = cJSON_IsArray(found) ? (size_t)cJSON_GetArraySize(found) : 0;
	struct dns_record *records =
	    arena_take_array(a, n + 1, sizeof(*records));

	for (size_t i = 0; i < n; i++) {
		records[i].text =
		    cJSON_GetStringValue(cJSON_GetArrayItem(found, (int)i));
		records[i].text_len = strlen(records[i].text);
	}
	q->records = records;
	q->n = n;
	q->rc = cJSON_IsString(found) ? RC_TEMP : n > 0 ? RC_OK : RC_NONE;
	q->no_such_name = q->rc == RC_NONE && !is_name_there(zone, q->name);
}

static size_t
ask_zone(struct arena *a, const cJSON *zone, struct dns_query *queries,
    size_t n)
{
	for (size_t i = 0; i < n; i++)
		answer_query(a, zone, &queries[i]);
	return n;
}

static void
add_text(cJSON *object, const char *name, const char *text)
{
	cJSON_AddItemToObject(object, name,
	    text != NULL ? cJSON_CreateString(text) : cJSON_CreateNull());
}

static char *
dmarc_result_text(const struct dmarc_result *r, size_t n_dkim,
    const size_t asked[2])
{
	cJSON *o = cJSON_CreateObject(), *array;
	char *text;

	add_text(o, "result", dmarc_verdict_name(r->verdict));
	add_text(o, "org", r->org);
	add_text(o, "policy_domain", r->policy_domain);
	add_text(o, "published", dmarc_policy_name(r->published));
	add_text(o, "from_tag", r->from_tag);
	add_text(o, "policy", dmarc_policy_name(r->policy));
	cJSON_AddBoolToObject(o, "spf_aligned", r->spf_aligned);
	array = cJSON_AddArrayToObject(o, "dkim_aligned");
	for (size_t i = 0; i < n_dkim; i++)
		cJSON_AddItemToArray(array,
		    cJSON_CreateBool(r->dkim_aligned[i]));
	array = cJSON_AddArrayToObject(o, "author_walk");
	for (size_t i = 0; i < r->n_walk; i++)
		cJSON_AddItemToArray(array,
		    cJSON_CreateString(r->author_walk[i]));
	array = cJSON_AddArrayToObject(o, "asked");
	for (size_t i = 0; i < 2; i++)
		cJSON_AddItemToArray(array,
		    cJSON_CreateNumber((double)asked[i]));
	text = cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	return text;
}

static char *
evaluate_line(struct arena *a, const cJSON *in)
{
	const cJSON *zone = cJSON_GetObjectItem(in, "zone"), *signature;
	struct from_field from = {
	    .domain = cJSON_GetStringValue(cJSON_GetObjectItem(in, "author"))};
	struct dmarc_identifier dkim[SIGNATURES_MAX];
	struct dns_query queries[2 * DMARC_QUERIES_MAX];
	struct dmarc_request request = {.from = &from,
	    .spf = identifier_of(cJSON_GetObjectItem(in, "spf")),
	    .dkim = dkim,
	    .known = queries};
	struct dmarc_result result;
	size_t asked[2];

	cJSON_ArrayForEach(signature, cJSON_GetObjectItem(in, "dkim"))
	{
		if (request.n_dkim < SIGNATURES_MAX)
			dkim[request.n_dkim++] = identifier_of(signature);
	}
	asked[0] =
	    ask_zone(a, zone, queries, dmarc_queries(a, &request, queries));
	request.n_known = asked[0];
	asked[1] = ask_zone(a, zone, queries + asked[0],
	    dmarc_more(a, &request, queries + asked[0]));
	request.n_known += asked[1];
	dmarc_evaluate(a, &request, &result);
	return dmarc_result_text(&result, request.n_dkim, asked);
}

int
main(void)
{
	struct arena *a = arena_new();
	char *line = NULL, *text;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		cJSON *in = cJSON_Parse(line);

		if (in == NULL)
			return 2;
		text = evaluate_line(a, in);
		puts(text);
		free(text);
		cJSON_Delete(in);
		arena_reset(a);
	}
	free(line);
	arena_free(a);
	return 0;
}
