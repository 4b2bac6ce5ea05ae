/* SPDX-License-Identifier: MIT */
#include "auth/dkim.h"
#include "auth/private/signed_header.h"
#include "auth/tag_list.h"
#include "auth_vectors.h"
#include "check.h"

static const struct dkim_result *
verify(struct arena *a, const cJSON *row, size_t chunk, size_t *n)
{
	struct body_hashes *bodies = body_hashes_new();
	struct dns_query queries[DKIM_SIGNATURES_MAX];
	const struct dkim_result *results;
	struct message_text m;
	struct dkim_verify *v;
	size_t asked;

	vector_message(a, row, &m);
	v = dkim_verify_new(a, m.fields, m.n, NULL, bodies);
	for (size_t at = 0; at < m.body_len; at += chunk)
		body_hashes_add(bodies, m.body + at,
		    chunk < m.body_len - at ? chunk : m.body_len - at);
	body_hashes_end(bodies);
	asked = dkim_verify_queries(v, queries);
	vector_answer(a, row, queries, asked);
	results = dkim_verify_finish(v, queries, asked,
	    (int64_t)cJSON_GetObjectItem(row, "now")->valuedouble);
	*n = dkim_verify_count(v);
	dkim_verify_free(v);
	body_hashes_free(bodies);
	return results;
}

static void
check_result(const char *name, const struct dkim_result *got,
    const cJSON *expect, bool limit)
{
	const cJSON *testing = cJSON_GetObjectItem(expect, "testing");
	const cJSON *rest = cJSON_GetObjectItem(expect, "body_unsigned");
	const char *verdict = dkim_verdict_name(got->verdict);

	if (limit && got->verdict == DKIM_POLICY)
		return;
	if (!vector_accepts(expect, "result", verdict))
		fail_msg("%s: %s (%s)", name, verdict,
		    got->problem != NULL ? got->problem : "");
	CHECK((got->problem == NULL) == (got->verdict == DKIM_PASS), name);
	if (testing != NULL)
		CHECK(got->testing == (bool)cJSON_IsTrue(testing), name);
	if (rest != NULL)
		CHECK(got->body_unsigned == (uint64_t)rest->valuedouble, name);
	else if (got->verdict == DKIM_PASS && str_starts(name, "own-"))
		CHECK(got->body_unsigned == 0, name);
}

static void
verifies_all_messages(void **state)
{
	static const size_t chunks[] = {1 << 30, 4096, 7, 1};
	cJSON *all = vectors_open("dkim/dkim-verify.json");
	struct arena *a;
	const cJSON *row;

	(void)state;
	if (all == NULL)
		skip();
	a = arena_new();
	cJSON_ArrayForEach(row, cJSON_GetObjectItem(all, "cases"))
	{
		const cJSON *expect = cJSON_GetObjectItem(row, "expect");
		const char *name = vector_text(row, "id");

		for (size_t i = 0; i < COUNT(chunks); i++) {
			size_t n, at = 0;
			const struct dkim_result *got =
			    verify(a, row, chunks[i], &n);
			const cJSON *one;

			CHECK(n == (size_t)cJSON_GetArraySize(expect), name);
			cJSON_ArrayForEach(one, expect) check_result(name,
			    &got[at++], one,
			    cJSON_IsTrue(cJSON_GetObjectItem(row, "limit")));
			arena_reset(a);
		}
	}
	arena_free(a);
	cJSON_Delete(all);
}

/* ---- signing */

static void
add_text(void *to, const char *bytes, size_t len)
{
	str_add_bytes(to, bytes, len);
}

static enum canon
canon_of(const cJSON *row, const char *name)
{
	return strcmp(vector_text(row, name), "relaxed") == 0 ? CANON_RELAXED
							      : CANON_SIMPLE;
}

static void
check_body(struct arena *a, const cJSON *row, const struct message_text *m,
    const char *name)
{
	enum canon canon = canon_of(row, "body_canon");
	struct body_hashes *bodies = body_hashes_new();
	const struct body_hash *hash =
	    body_hashes_want(bodies, canon, BODY_WHOLE);
	struct canon_body body;
	struct str text;

	str_init(&text, a);
	canon_body_init(&body, canon, add_text, &text);
	canon_body_add(&body, m->body, m->body_len);
	canon_body_end(&body);
	CHECK_STR(encode_base64_padded(a, text.text, text.len),
	    vector_text(row, "canon_body"), name);
	body_hashes_add(bodies, m->body, m->body_len);
	body_hashes_end(bodies);
	CHECK(hash->len == text.len, name);
	CHECK_STR(encode_base64_padded(a, hash->sha256, CRYPTO_SHA256_LEN),
	    vector_text(row, "bh"), name);
	body_hashes_free(bodies);
}

static size_t
read_names(struct arena *a, const struct mail_field *own, const char **names)
{
	struct tag_list list;
	struct tag part;
	size_t n = 0;

	assert_int_equal(tag_list_read(a, own->value, own->len, &list, NULL),
	    RC_OK);
	for (size_t at = 0;
	     tag_next_part(tag_list_find(&list, "h"), &at, &part);)
		names[n++] = arena_copy_bytes(a, part.value, part.len);
	return n;
}

static void
check_signature(struct arena *a, const cJSON *row, const struct message_text *m,
    const char *name)
{
	enum canon canon = canon_of(row, "header_canon");
	const char *field = vector_text(row, "field_with_empty_b");
	const char *pem = vector_text(row, "private_key");
	const char *names[64], *colon = strchr(field, ':');
	struct mail_field own = {
	    arena_copy_bytes(a, field, (size_t)(colon - field)), colon + 1,
	    strlen(colon + 1)};
	size_t n = read_names(a, &own, names), len;
	struct digest *d = digest_new();
	struct header_index header;
	struct private_key *key;
	unsigned char digest[CRYPTO_SHA256_LEN];
	const unsigned char *signature;

	header_index_make(a, m->fields, m->n, &header, NULL);
	signed_header_add(d, &header,
	    signed_header_choose(a, &header, names, n, HEADER_NO_FIELD), n,
	    canon);
	signed_header_add_own(d, &own, canon);
	digest_end(d, digest);
	digest_free(d);
	CHECK(private_key_read(pem, strlen(pem), &key, NULL) == RC_OK, name);
	CHECK(private_key_sign(key, a, digest, &signature, &len, NULL) == RC_OK,
	    name);
	CHECK_STR(encode_base64_padded(a, signature, len),
	    vector_text(row, "b"), name);
	private_key_free(key);
}

static void
signs_as_others_do(void **state)
{
	cJSON *all = vectors_open("dkim/dkim-sign.json");
	struct arena *a;
	const cJSON *row;

	(void)state;
	if (all == NULL)
		skip();
	a = arena_new();
	cJSON_ArrayForEach(row, cJSON_GetObjectItem(all, "cases"))
	{
		const char *name = vector_text(row, "id");
		struct message_text m;

		vector_message(a, row, &m);
		check_body(a, row, &m, name);
		check_signature(a, row, &m, name);
		arena_reset(a);
	}
	arena_free(a);
	cJSON_Delete(all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(verifies_all_messages),
	    cmocka_unit_test(signs_as_others_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
