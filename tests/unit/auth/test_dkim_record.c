/* SPDX-License-Identifier: MIT */
#include "auth/dkim_record.h"

#include "check.h"
#include "dkim_keys.h"

#define RSA_RECORD     "v=DKIM1; k=rsa; p=" RSA_PUBLIC
#define ED25519_RECORD "v=DKIM1; k=ed25519; p=" ED25519_PUBLIC

static struct private_key *
must_read(const char *pem)
{
	struct private_key *key;

	assert_int_equal(private_key_read(pem, strlen(pem), &key, NULL), RC_OK);
	return key;
}

static void
writes_the_record_of_a_key(void **state)
{
	static const struct {
		const char *name, *pem, *text;
		size_t strings;
	} rows[] = {
	    {"RSA", rsa_pem, RSA_RECORD, 2},
	    {"Ed25519", ed25519_pem, ED25519_RECORD, 1},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct private_key *key = must_read(rows[i].pem);
		const char *text, *const *strings;
		size_t n;

		CHECK(dkim_record_text(a, key, &text, NULL) == RC_OK,
		    rows[i].name);
		CHECK_STR(text, rows[i].text, rows[i].name);
		dkim_record_strings(a, text, &strings, &n);
		CHECK(n == rows[i].strings, rows[i].name);
		private_key_free(key);
	}
	CHECK_STR(dkim_record_name(a, "remotes.club", "pw1.eu"),
	    "pw1.eu._domainkey.remotes.club", "name");
	arena_free(a);
}

static void
strings_have_255_bytes_at_most(void **state)
{
	static const struct {
		size_t len, n, last;
	} rows[] = {{0, 1, 0}, {1, 1, 1}, {254, 1, 254}, {255, 1, 255},
	    {256, 2, 1}, {510, 2, 255}, {511, 3, 1}};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *text = arena_take(a, rows[i].len + 1);
		const char *const *strings;
		size_t n;

		memset(text, 'x', rows[i].len);
		dkim_record_strings(a, text, &strings, &n);
		assert_int_equal(n, rows[i].n);
		for (size_t k = 0; k + 1 < n; k++)
			assert_int_equal(strlen(strings[k]), 255);
		assert_int_equal(strlen(strings[n - 1]), rows[i].last);
	}
	assert_string_equal(dkim_record_line(a, "s._domainkey.a.example",
				"v=DKIM1; p=AQID"),
	    "s._domainkey.a.example. IN TXT \"v=DKIM1; p=AQID\"");
	arena_free(a);
}

static void
knows_whether_dns_has_it(void **state)
{
	static const struct {
		const char *name, *pem;
		enum rc rc;
		const char *texts[2]; /* of records */
		enum dkim_record_state want;
	} rows[] = {
	    {"seen", rsa_pem, RC_OK, {RSA_RECORD}, DKIM_RECORD_SEEN},
	    {"seen, Ed25519", ed25519_pem, RC_OK, {ED25519_RECORD},
		DKIM_RECORD_SEEN},
	    {"written in other ways", rsa_pem, RC_OK,
		{"n=x; p=" RSA_PUBLIC_PKCS1 "; t=s;"}, DKIM_RECORD_SEEN},
	    {"beside another text", rsa_pem, RC_OK, {"site=abc", RSA_RECORD},
		DKIM_RECORD_SEEN},
	    {"none", rsa_pem, RC_NONE, {NULL}, DKIM_RECORD_MISSING},
	    {"no answer", rsa_pem, RC_TEMP, {NULL}, DKIM_RECORD_UNKNOWN},
	    {"of another kind", rsa_pem, RC_OK, {ED25519_RECORD},
		DKIM_RECORD_OTHER},
	    {"another key", rsa_pem, RC_OK, {"v=DKIM1; p=" RSA_768_PUBLIC},
		DKIM_RECORD_OTHER},
	    {"revoked", rsa_pem, RC_OK, {"v=DKIM1; p="}, DKIM_RECORD_OTHER},
	    {"not for mail", rsa_pem, RC_OK,
		{"v=DKIM1; s=other; p=" RSA_PUBLIC}, DKIM_RECORD_OTHER},
	    {"not for SHA-256", rsa_pem, RC_OK,
		{"v=DKIM1; h=sha1; p=" RSA_PUBLIC}, DKIM_RECORD_OTHER},
	    {"two keys", rsa_pem, RC_OK, {RSA_RECORD, ED25519_RECORD},
		DKIM_RECORD_OTHER},
	    {"backslashes", rsa_pem, RC_OK,
		{"v=DKIM1\\; k=rsa\\; p=" RSA_PUBLIC}, DKIM_RECORD_OTHER},
	    {"some other text", rsa_pem, RC_OK, {"v=spf1 -all"},
		DKIM_RECORD_OTHER},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct private_key *key = must_read(rows[i].pem);
		struct dns_record records[2] = {0};
		struct dns_query answer = {
		    .rc = rows[i].rc, .problem = "timeout", .records = records};
		const char *why = "";
		enum dkim_record_state got;

		for (; answer.n < 2 && rows[i].texts[answer.n] != NULL;
		     answer.n++) {
			records[answer.n].text = rows[i].texts[answer.n];
			records[answer.n].text_len =
			    strlen(rows[i].texts[answer.n]);
		}
		got = dkim_record_judge(a, key, &answer, &why);
		CHECK_STR(dkim_record_state_name(got),
		    dkim_record_state_name(rows[i].want), rows[i].name);
		CHECK((why == NULL) == (got == DKIM_RECORD_SEEN), rows[i].name);
		private_key_free(key);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_the_record_of_a_key),
	    cmocka_unit_test(strings_have_255_bytes_at_most),
	    cmocka_unit_test(knows_whether_dns_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
