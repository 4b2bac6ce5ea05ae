/* SPDX-License-Identifier: MIT */
/*
 * dkim_driver - DKIM for the Python tests: one JSON object a line comes in, one
 * goes out.
 *
 * {"message": base64, "keys": {name: text}, "now": seconds} is verified:
 * [{"result", "problem", "body_unsigned"}, ...].  With "pem", "domain" and
 * "selector" it is signed instead: {"value"}.
 */
#include "auth/dkim.h"
#include "base/encode.h"
#include "base/str.h"
#include "mail/message_text.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
driver_text(const cJSON *in, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItem(in, name));
}

static void
driver_answer(struct arena *a, const cJSON *keys, struct dns_query *queries,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct dns_record *record = arena_take(a, sizeof(*record));

		record->text = driver_text(keys, queries[i].name);
		queries[i].rc = record->text == NULL ? RC_NONE : RC_OK;
		queries[i].records = record;
		queries[i].n = record->text != NULL;
		if (record->text != NULL)
			record->text_len = strlen(record->text);
	}
}

static cJSON *
driver_results(const struct dkim_result *results, size_t n)
{
	cJSON *out = cJSON_CreateArray();

	for (size_t i = 0; i < n; i++) {
		cJSON *object = cJSON_CreateObject();

		cJSON_AddStringToObject(object, "result",
		    dkim_verdict_name(results[i].verdict));
		cJSON_AddStringToObject(object, "problem",
		    results[i].problem != NULL ? results[i].problem : "");
		cJSON_AddNumberToObject(object, "body_unsigned",
		    (double)results[i].body_unsigned);
		cJSON_AddItemToArray(out, object);
	}
	return out;
}

static cJSON *
driver_verify(struct arena *a, const cJSON *in, const struct message_text *m)
{
	struct body_hashes *bodies = body_hashes_new();
	struct dns_query queries[DKIM_SIGNATURES_MAX];
	struct dkim_verify *v =
	    dkim_verify_new(a, m->fields, m->n, NULL, bodies);
	size_t n = dkim_verify_queries(v, queries);
	cJSON *out;

	driver_answer(a, cJSON_GetObjectItem(in, "keys"), queries, n);
	body_hashes_add(bodies, m->body, m->body_len);
	body_hashes_end(bodies);
	out = driver_results(dkim_verify_finish(v, queries, n,
				 (int64_t)cJSON_GetObjectItem(in, "now")
				     ->valuedouble),
	    dkim_verify_count(v));
	dkim_verify_free(v);
	body_hashes_free(bodies);
	return out;
}

static cJSON *
driver_sign(struct arena *a, const cJSON *in, const struct message_text *m)
{
	struct body_hashes *bodies = body_hashes_new();
	const char *pem = driver_text(in, "pem"), *value;
	struct dkim_signing signing = {
	    .domain = driver_text(in, "domain"),
	    .selector = driver_text(in, "selector"),
	    .fields = m->fields,
	    .n = m->n,
	    .body = body_hashes_want(bodies, CANON_RELAXED, BODY_WHOLE),
	    .now = (int64_t)cJSON_GetObjectItem(in, "now")->valuedouble,
	    .sender = "",
	};
	struct private_key *key;
	cJSON *out = cJSON_CreateObject();

	if (private_key_read(pem, strlen(pem), &key, NULL) != RC_OK)
		abort();
	signing.key = key;
	body_hashes_add(bodies, m->body, m->body_len);
	body_hashes_end(bodies);
	if (dkim_sign(a, &signing, &value, NULL) != RC_OK)
		abort();
	cJSON_AddStringToObject(out, "value", value);
	private_key_free(key);
	body_hashes_free(bodies);
	return out;
}

static void
driver_do(struct arena *a, const char *line)
{
	cJSON *in = cJSON_Parse(line), *out;
	struct message_text m;
	char *bytes, *text;
	size_t len;

	if (in == NULL ||
	    !encode_read_base64(a, driver_text(in, "message"), &bytes, &len))
		abort();
	message_text_split(a, bytes, len, &m);
	out = driver_text(in, "pem") != NULL ? driver_sign(a, in, &m)
					     : driver_verify(a, in, &m);
	text = cJSON_PrintUnformatted(out);
	puts(text);
	fflush(stdout);
	free(text);
	cJSON_Delete(out);
	cJSON_Delete(in);
}

int
main(void)
{
	struct arena *a = arena_new();
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, stdin) > 0) {
		driver_do(a, line);
		arena_reset(a);
	}
	free(line);
	arena_free(a);
	return 0;
}
