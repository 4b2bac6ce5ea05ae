/* SPDX-License-Identifier: MIT */
#include "auth/arc.h"
#include "auth/tag_list.h"
#include "auth_vectors.h"
#include "check.h"

static void
verify_message(struct arena *a, const cJSON *row, const struct message_text *m,
    struct arc_result *out)
{
	struct body_hashes *bodies = body_hashes_new();
	struct dns_query queries[ARC_QUERIES_MAX];
	const cJSON *now = cJSON_GetObjectItem(row, "now");
	struct arc_verify *v;
	size_t asked;

	v = arc_verify_new(a, m->fields, m->n, bodies);
	body_hashes_add(bodies, m->body, m->body_len);
	body_hashes_end(bodies);
	asked = arc_verify_queries(v, queries);
	vector_answer(a, row, queries, asked);
	arc_verify_finish(v, queries, asked,
	    now != NULL ? (int64_t)now->valuedouble : 0, out);
	arc_verify_free(v);
	body_hashes_free(bodies);
}

static void
verify(struct arena *a, const cJSON *row, struct arc_result *out)
{
	struct message_text m;

	vector_message(a, row, &m);
	verify_message(a, row, &m, out);
}

static void
verifies_all_chains(void **state)
{
	cJSON *all = vectors_open("arc/arc-verify.json");
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
		struct arc_result got;

		verify(a, row, &got);
		if (!vector_accepts(expect, "cv",
			arc_verdict_name(got.verdict)))
			fail_msg("%s: %s (%s)", name,
			    arc_verdict_name(got.verdict),
			    got.problem != NULL ? got.problem : "");
		CHECK(got.problem == NULL || got.verdict == ARC_FAIL, name);
		CHECK(!got.temporary, name);
		arena_reset(a);
	}
	arena_free(a);
	cJSON_Delete(all);
}

/* ---- sealing */

/* What YAML has made of a field: folds without the space behind them. */
static const char *
unwrapped(struct arena *a, const char *text)
{
	struct str s;

	str_init(&s, a);
	for (; *text != '\0'; text++)
		if (*text == '\n' && text[1] != '\0')
			str_add(&s, "\n ");
		else if (*text != '\n')
			str_add_bytes(&s, text, 1);
	return s.text;
}

/* Tests that the suite itself does not use: dkimpy, of which the signatures
   are, makes others today. */
static bool
is_unused(const char *name)
{
	return str_starts(name, "arcsign-header_dup") ||
	       str_starts(name, "arcsign-header_order") ||
	       str_starts(name, "arcsign-sig_header_dup");
}

/* Tag by tag. */
static void
check_tags(struct arena *a, const char *got, const char *wanted,
    const char *name)
{
	struct tag_list mine, its;

	wanted = unwrapped(a, wanted);
	CHECK(tag_list_read(a, got, strlen(got), &mine, NULL) == RC_OK, name);
	CHECK(tag_list_read(a, wanted, strlen(wanted), &its, NULL) == RC_OK,
	    name);
	CHECK(mine.n == its.n, name);
	for (size_t i = 0; i < its.n; i++) {
		const struct tag *tag = tag_list_find(&mine, its.tags[i].name);

		CHECK(tag != NULL, its.tags[i].name);
		if (strcmp(tag->name, "b") == 0 && is_unused(name))
			continue;
		CHECK_STR(tag_squeezed(a, tag), tag_squeezed(a, &its.tags[i]),
		    name);
	}
}

static size_t
names_of(struct arena *a, const char *list, const char **out)
{
	const struct tag tag = {.value = list, .len = strlen(list)};
	struct tag part;
	size_t n = 0;

	for (size_t at = 0; tag_next_part(&tag, &at, &part);)
		out[n++] = arena_copy_bytes(a, part.value, part.len);
	return n;
}

/* With our set on top it is a chain still, and longer by one. */
static void
check_sealed(struct arena *a, const cJSON *row, const struct message_text *m,
    const struct arc_seal *seal, unsigned before, const char *name)
{
	struct mail_field *fields =
	    arena_take_array(a, m->n + 3, sizeof(*fields));
	struct message_text sealed = *m;
	struct arc_result result;

	fields[0] =
	    (struct mail_field){"ARC-Seal", seal->seal, strlen(seal->seal)};
	fields[1] = (struct mail_field){
	    "ARC-Message-Signature", seal->signature, strlen(seal->signature)};
	fields[2] = (struct mail_field){
	    "ARC-Authentication-Results", seal->results, strlen(seal->results)};
	memcpy(fields + 3, m->fields, m->n * sizeof(*fields));
	sealed.fields = fields;
	sealed.n += 3;
	verify_message(a, row, &sealed, &result);
	if (result.verdict != ARC_PASS)
		fail_msg("%s: %s", name, result.problem);
	CHECK(result.n == before + 1, name);
	CHECK_STR(result.sets[before].domain, vector_text(row, "domain"), name);
}

static void
check_seal(struct arena *a, const cJSON *row, const struct arc_result *chain,
    const char *name)
{
	const char *results = unwrapped(a, vector_text(row, "AAR"));
	const char *pem = vector_text(row, "privatekey"), *names[32];
	struct body_hashes *bodies = body_hashes_new();
	struct arc_sealing sealing = {
	    .domain = vector_text(row, "domain"),
	    .selector = vector_text(row, "selector"),
	    .chain = chain,
	    .body = body_hashes_want(bodies, CANON_RELAXED, BODY_WHOLE),
	    .names = names,
	    .n_names = names_of(a, vector_text(row, "sig_headers"), names),
	    .now = (int64_t)cJSON_GetObjectItem(row, "t")->valuedouble,
	};
	struct private_key *key;
	struct message_text m;
	struct arc_seal seal;
	enum rc rc;

	CHECK(private_key_read(pem, strlen(pem), &key, NULL) == RC_OK, name);
	sealing.key = key;
	vector_message(a, row, &m);
	sealing.fields = m.fields;
	sealing.n = m.n;
	sealing.results = *results == '\0' ? "none" : strchr(results, ';') + 2;
	body_hashes_add(bodies, m.body, m.body_len);
	body_hashes_end(bodies);
	rc = arc_seal(a, &sealing, &seal, NULL);
	CHECK(rc == (*results == '\0' ? RC_NONE : RC_OK), name);
	if (rc == RC_OK) {
		CHECK_STR(seal.results, results, name);
		check_tags(a, seal.signature, vector_text(row, "AMS"), name);
		check_tags(a, seal.seal, vector_text(row, "AS"), name);
		check_sealed(a, row, &m, &seal, chain->n, name);
	}
	private_key_free(key);
	body_hashes_free(bodies);
}

static void
seals_as_others_do(void **state)
{
	cJSON *all = vectors_open("arc/arc-sign.json");
	struct arena *a;
	const cJSON *row;

	(void)state;
	if (all == NULL)
		skip();
	a = arena_new();
	cJSON_ArrayForEach(row, cJSON_GetObjectItem(all, "cases"))
	{
		struct arc_result chain;

		verify(a, row, &chain);
		check_seal(a, row, &chain, vector_text(row, "id"));
		arena_reset(a);
	}
	arena_free(a);
	cJSON_Delete(all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(verifies_all_chains),
	    cmocka_unit_test(seals_as_others_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
