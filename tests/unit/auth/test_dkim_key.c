/* SPDX-License-Identifier: MIT */
#include "auth/private/dkim_key.h"
#include "base/str.h"
#include "check.h"

static void
reads_key_records(void **state)
{
	static const struct {
		const char *name, *text;
		enum rc rc;
		const char *problem;
		enum crypto_kind kind;
		bool testing, same_identity;
	} rows[] = {
	    {"usual", "v=DKIM1; k=rsa; p=AQID", .rc = RC_OK},
	    {"p= alone", "p=AQID", .rc = RC_OK},
	    {"v= last", "p=AQID; v=DKIM1", .rc = RC_OK},
	    {"k= missing", "v=DKIM1; p=AQID", .rc = RC_OK},
	    {"k= in upper case", "k=RSA; p=AQID", .rc = RC_OK},
	    {"Ed25519", "k=ed25519; p=AQID", .rc = RC_OK,
		.kind = CRYPTO_ED25519},
	    {"k= unknown", "k=dsa; p=AQID", .rc = RC_PERM,
		"k= of the key is not known"},
	    {"v= in lower case", "v=dkim1; p=AQID", .rc = RC_NONE,
		"v= of the key is not DKIM1"},
	    {"v= of later", "v=DKIM2; p=AQID", .rc = RC_NONE,
		"v= of the key is not DKIM1"},
	    {"SPF", "v=spf1 -all", .rc = RC_NONE, "v= of the key is not DKIM1"},
	    {"words", "site=abc", .rc = RC_NONE, "the key record has no p="},
	    {"no p=", "v=DKIM1; k=rsa", .rc = RC_PERM,
		"the key record has no p="},
	    {"revoked", "v=DKIM1; p=", .rc = RC_PERM, "the key was revoked"},
	    {"revoked, with a space", "v=DKIM1; p= ;", .rc = RC_PERM,
		"the key was revoked"},
	    {"revoked, testing", "t=y; p=", .rc = RC_PERM,
		"the key was revoked", .testing = true},
	    {"white space in the key", "p=A Q\r\n I D", .rc = RC_OK},
	    {"no base64", "p=A*ID", .rc = RC_PERM, "p= of the key is no"},
	    {"base64 cut off", "p=AQI", .rc = RC_PERM, "p= of the key is no"},
	    {"h= with SHA-256", "h=sha1 : sha256; p=AQID", .rc = RC_OK},
	    {"h= without", "h=sha1; p=AQID", .rc = RC_PERM,
		"the key is not for SHA-256"},
	    {"h= with unknown ones", "h=x:sha256:y; p=AQID", .rc = RC_OK},
	    {"s= all", "s=*; p=AQID", .rc = RC_OK},
	    {"s= mail", "s=tlsrpt:email; p=AQID", .rc = RC_OK},
	    {"s= other", "s=tlsrpt; p=AQID", .rc = RC_PERM,
		"the key is not for mail"},
	    {"s= begins like mail", "s=emailing; p=AQID", .rc = RC_PERM,
		"the key is not for mail"},
	    {"t=", "t=y:s; p=AQID", .rc = RC_OK, .testing = true,
		.same_identity = true},
	    {"t= unknown", "t=x:yy; p=AQID", .rc = RC_OK},
	    {"g= is ignored", "g=ann*; n=a note; zz=1; p=AQID", .rc = RC_OK},
	    {"a tag twice", "p=AQID; p=AQID", .rc = RC_NONE,
		"tag p is there twice"},
	    {"escapes", "v=DKIM1\\; k=rsa\\; p=AQID", .rc = RC_NONE,
		"the key record holds backslashes"},
	    {"quotes", "\"v=DKIM1; p=AQID\"", .rc = RC_NONE,
		"the key record holds quotes"},
	    {"nothing", "", .rc = RC_NONE, "a tag without a name"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dkim_key key;
		struct err err = {0};

		CHECK(dkim_key_read(a, rows[i].text, strlen(rows[i].text), &key,
			  &err) == rows[i].rc,
		    rows[i].name);
		if (!str_starts(err.text,
			rows[i].problem != NULL ? rows[i].problem : ""))
			fail_msg("%s: %s", rows[i].name, err.text);
		CHECK(key.testing == rows[i].testing, rows[i].name);
		CHECK(key.same_identity == rows[i].same_identity, rows[i].name);
		if (rows[i].rc == RC_OK) {
			CHECK(key.public.kind == rows[i].kind, rows[i].name);
			CHECK(key.public.len == 3, rows[i].name);
			CHECK(memcmp(key.public.key, "\1\2\3", 3) == 0,
			    rows[i].name);
		}
	}
	arena_free(a);
}

#define GOOD  "v=DKIM1; p=AQID"
#define OTHER "v=DKIM1; p=BAUG"
#define GONE  "v=DKIM1; p="
#define SPF   "v=spf1 -all"
#define TOKEN "google-site-verification=x"

static void
chooses_the_only_key(void **state)
{
	static const struct {
		const char *name;
		enum rc dns;
		const char *records[3];
		enum rc rc;
		const char *problem;
	} rows[] = {
	    {"one", RC_OK, {GOOD}, RC_OK, ""},
	    {"beside others", RC_OK, {SPF, GOOD, TOKEN}, RC_OK, ""},
	    {"two", RC_OK, {GOOD, OTHER}, RC_PERM, "there are 2 keys"},
	    {"the same twice", RC_OK, {GOOD, GOOD}, RC_PERM,
		"there are 2 keys"},
	    {"one revoked", RC_OK, {GONE, GOOD}, RC_PERM, "there are 2 keys"},
	    {"no key", RC_OK, {SPF, TOKEN}, RC_PERM,
		"v= of the key is not DKIM1"},
	    {"a revoked one", RC_OK, {SPF, GONE}, RC_PERM,
		"the key was revoked"},
	    {"none", RC_NONE, {NULL}, RC_PERM, "there is no key"},
	    {"no answer", RC_TEMP, {NULL}, RC_TEMP,
		"no answer for the key: it is slow"},
	    {"no question", RC_PERM, {NULL}, RC_PERM,
		"the key's name cannot be asked"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dns_record records[3];
		struct dns_query answer = {.rc = rows[i].dns,
		    .records = records,
		    .problem = "it is slow"};
		struct dkim_key key;
		struct err err = {0};

		for (; answer.n < 3 && rows[i].records[answer.n]; answer.n++)
			records[answer.n] = (struct dns_record){
			    .text = rows[i].records[answer.n],
			    .text_len = strlen(rows[i].records[answer.n])};
		CHECK(dkim_key_choose(a, &answer, &key, &err) == rows[i].rc,
		    rows[i].name);
		if (!str_starts(err.text, rows[i].problem))
			fail_msg("%s: %s", rows[i].name, err.text);
	}
	arena_free(a);
}

static void
has_limits(void **state)
{
	struct arena *a = arena_new();
	struct dkim_key key;
	struct str s;

	(void)state;
	str_init(&s, a);
	str_add(&s, "p=AQID; n=");
	while (s.len < DKIM_KEY_MAX)
		str_add(&s, "n");
	assert_int_equal(dkim_key_read(a, s.text, s.len, &key, NULL), RC_OK);
	str_add(&s, "n");
	assert_int_equal(dkim_key_read(a, s.text, s.len, &key, NULL), RC_PERM);
	assert_int_equal(dkim_key_read(a, "p=AQID\0; t=y", 12, &key, NULL),
	    RC_NONE);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_key_records),
	    cmocka_unit_test(chooses_the_only_key),
	    cmocka_unit_test(has_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
