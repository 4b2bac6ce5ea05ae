/* SPDX-License-Identifier: MIT */
/*
 * A message whose keys are all the same: its chain is judged in the same way
 * however its body is cut, and if we may seal it, it passes with our set on
 * top.
 */
#include "auth/arc.h"
#include "base/str.h"
#include "mail/message_text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ARRIVAL 1767225600

static const char pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIAA2pgLa+HHHi6xUnivgYfg72JrtSHlvhHp3Xd5YnMrj\n"
    "-----END PRIVATE KEY-----\n";
static const char own_record[] =
    "k=ed25519; p=8v0uycpKaKkjm++jFa4ZGRW3/T77LsTIfv/3Q4ebdBA=";

static void
must(bool so)
{
	if (!so)
		abort();
}

static void
verify(struct arena *a, const struct message_text *m, size_t chunk,
    struct arc_result *out)
{
	const struct dns_record record = {
	    .text = own_record, .text_len = sizeof(own_record) - 1};
	struct body_hashes *bodies = body_hashes_new();
	struct dns_query queries[ARC_QUERIES_MAX];
	struct arc_verify *v = arc_verify_new(a, m->fields, m->n, bodies);
	size_t asked;

	for (size_t at = 0; at < m->body_len; at += chunk)
		body_hashes_add(bodies, m->body + at,
		    chunk < m->body_len - at ? chunk : m->body_len - at);
	body_hashes_end(bodies);
	asked = arc_verify_queries(v, queries);
	for (size_t i = 0; i < asked; i++) {
		must(dns_name_valid(queries[i].name));
		queries[i].rc = RC_OK;
		queries[i].records = &record;
		queries[i].n = 1;
	}
	arc_verify_finish(v, queries, asked, ARRIVAL, out);
	arc_verify_free(v);
	body_hashes_free(bodies);
}

static void
must_be_printable(struct arena *a, const char *text)
{
	if (text != NULL)
		must(strcmp(text, str_printable(a, text, strlen(text),
				      strlen(text) + 1)) == 0);
}

static void
try_verify(struct arena *a, const struct message_text *m,
    struct arc_result *out)
{
	struct arc_result chunks;

	verify(a, m, SIZE_MAX / 2, out);
	verify(a, m, 3, &chunks);
	must(out->verdict == chunks.verdict && !out->temporary);
	must((out->problem != NULL) == (out->verdict == ARC_FAIL));
	must_be_printable(a, out->problem);
	must(out->verdict != ARC_PASS || out->n > 0);
	for (unsigned i = 0; i < out->n; i++) {
		must_be_printable(a, out->sets[i].domain);
		must_be_printable(a, out->sets[i].results);
	}
}

static enum rc
seal(struct arena *a, const struct message_text *m,
    const struct arc_result *chain, struct arc_seal *out)
{
	static struct private_key *key;
	struct body_hashes *bodies = body_hashes_new();
	struct arc_sealing sealing = {
	    .domain = "example.org",
	    .selector = "s1",
	    .fields = m->fields,
	    .n = m->n,
	    .chain = chain,
	    .body = body_hashes_want(bodies, CANON_RELAXED, BODY_WHOLE),
	    .results = "mx.example.org; none",
	    .now = ARRIVAL,
	};
	enum rc rc;

	if (key == NULL)
		must(private_key_read(pem, sizeof(pem) - 1, &key, NULL) ==
		     RC_OK);
	sealing.key = key;
	body_hashes_add(bodies, m->body, m->body_len);
	body_hashes_end(bodies);
	rc = arc_seal(a, &sealing, out, NULL);
	body_hashes_free(bodies);
	return rc;
}

static void
try_seal(struct arena *a, struct message_text m, const struct arc_result *chain)
{
	struct mail_field *fields =
	    arena_take_array(a, m.n + 3, sizeof(*fields));
	struct arc_result result;
	struct arc_seal set;
	enum rc rc = seal(a, &m, chain, &set);

	must(rc != RC_TEMP);
	if (rc != RC_OK)
		return;
	fields[0] = (struct mail_field){"ARC-Seal", set.seal, strlen(set.seal)};
	fields[1] = (struct mail_field){
	    "ARC-Message-Signature", set.signature, strlen(set.signature)};
	fields[2] = (struct mail_field){
	    "ARC-Authentication-Results", set.results, strlen(set.results)};
	if (m.n > 0)
		memcpy(fields + 3, m.fields, m.n * sizeof(*fields));
	m.fields = fields;
	m.n += 3;
	verify(a, &m, 100, &result);
	must(result.verdict == ARC_PASS && result.n == chain->n + 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Memory that is given back each time costs much of the speed. */
	static struct arena *a;
	/* Of this size, so that what is beyond is seen. */
	char *text = malloc(size + 1);
	struct arc_result chain;
	struct message_text m;

	if (a == NULL)
		a = arena_new();
	if (size > 0)
		memcpy(text, data, size);
	message_text_split(a, text, size, &m);
	try_verify(a, &m, &chain);
	try_seal(a, m, &chain);
	free(text);
	arena_reset(a);
	return 0;
}
