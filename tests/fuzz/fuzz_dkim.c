/* SPDX-License-Identifier: MIT */
/*
 * The first line is the record of every key, the rest a message.  However its
 * body is cut, it has the same results, which are fit to be shown; and if we
 * sign it, our signature holds.
 */
#include "auth/dkim.h"
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

struct verified {
	const struct dkim_result *results;
	size_t n;
};

static struct verified
verify(struct arena *a, const struct message_text *m,
    const struct dns_record *record, size_t chunk)
{
	struct body_hashes *bodies = body_hashes_new();
	struct dns_query queries[DKIM_SIGNATURES_MAX];
	struct dkim_verify *v =
	    dkim_verify_new(a, m->fields, m->n, "example.org", bodies);
	struct verified out = {.n = dkim_verify_count(v)};
	size_t asked;

	for (size_t at = 0; at < m->body_len; at += chunk)
		body_hashes_add(bodies, m->body + at,
		    chunk < m->body_len - at ? chunk : m->body_len - at);
	body_hashes_end(bodies);
	asked = dkim_verify_queries(v, queries);
	for (size_t i = 0; i < asked; i++) {
		must(dns_name_valid(queries[i].name));
		queries[i].rc = RC_OK;
		queries[i].records = record;
		queries[i].n = 1;
	}
	out.results = dkim_verify_finish(v, queries, asked, ARRIVAL);
	dkim_verify_free(v);
	body_hashes_free(bodies);
	return out;
}

static void
must_be_printable(struct arena *a, const char *text)
{
	if (text != NULL)
		must(strcmp(text, str_printable(a, text, strlen(text),
				      strlen(text) + 1)) == 0);
}

static void
try_result(struct arena *a, const struct dkim_result *r)
{
	must(r->verdict != DKIM_NONE && r->verdict != DKIM_NEUTRAL &&
	     r->verdict != DKIM_TEMPERROR);
	must((r->problem == NULL) == (r->verdict == DKIM_PASS));
	must((r->failure == DKIM_NO_FAILURE) == (r->verdict != DKIM_FAIL));
	if (r->verdict == DKIM_PASS)
		must(r->domain != NULL && r->selector != NULL &&
		     r->identity != NULL && r->signature != NULL &&
		     r->n_names > 0);
	must_be_printable(a, r->problem);
	must_be_printable(a, r->domain);
	must_be_printable(a, r->domain_written);
	must_be_printable(a, r->selector);
	must_be_printable(a, r->identity);
	must_be_printable(a, r->algorithm);
	must_be_printable(a, r->signature);
}

static void
try_verify(struct arena *a, const struct message_text *m,
    const struct dns_record *record)
{
	struct verified whole = verify(a, m, record, SIZE_MAX / 2);
	struct verified chunks = verify(a, m, record, 3);

	must(whole.n == chunks.n && whole.n <= DKIM_RESULTS_MAX);
	for (size_t i = 0; i < whole.n; i++) {
		try_result(a, &whole.results[i]);
		must(whole.results[i].verdict == chunks.results[i].verdict);
		must(whole.results[i].body_unsigned ==
		     chunks.results[i].body_unsigned);
	}
}

static enum rc
sign(struct arena *a, const struct private_key *key,
    const struct message_text *m, const char **value)
{
	struct body_hashes *bodies = body_hashes_new();
	const struct dkim_signing signing = {
	    .key = key,
	    .domain = "example.org",
	    .selector = "s1",
	    .fields = m->fields,
	    .n = m->n,
	    .body = body_hashes_want(bodies, CANON_RELAXED, BODY_WHOLE),
	    .now = ARRIVAL,
	    .sender = "",
	};
	enum rc rc;

	body_hashes_add(bodies, m->body, m->body_len);
	body_hashes_end(bodies);
	rc = dkim_sign(a, &signing, value, NULL);
	body_hashes_free(bodies);
	return rc;
}

static void
try_sign(struct arena *a, struct message_text m)
{
	static struct private_key *key;
	const struct dns_record record = {
	    .text = own_record, .text_len = sizeof(own_record) - 1};
	struct mail_field *fields =
	    arena_take_array(a, m.n + 1, sizeof(*fields));
	const char *value;

	if (key == NULL)
		must(private_key_read(pem, sizeof(pem) - 1, &key, NULL) ==
		     RC_OK);
	if (sign(a, key, &m, &value) != RC_OK)
		return;
	fields[0] = (struct mail_field){"DKIM-Signature", value, strlen(value)};
	if (m.n > 0)
		memcpy(fields + 1, m.fields, m.n * sizeof(*fields));
	m.fields = fields;
	m.n++;
	must(verify(a, &m, &record, 100).results[0].verdict == DKIM_PASS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	const char *newline = size > 0 ? memchr(p, '\n', size) : NULL;
	struct dns_record record = {.text = p};
	struct message_text m;
	/* Memory that is given back each time costs much of the speed. */
	static struct arena *a;

	if (newline == NULL)
		return 0;
	if (a == NULL)
		a = arena_new();
	record.text_len = (size_t)(newline - p);
	message_text_split(a, newline + 1, size - record.text_len - 1, &m);
	try_verify(a, &m, &record);
	try_sign(a, m);
	arena_reset(a);
	return 0;
}
