/* SPDX-License-Identifier: MIT */
#include "outbox/keyed_hash.h"

#include "check.h"
#include "outbox/code_hash.h"

static const char *const new_and_old[] = {"new", "old"};
static const char *const only_old[] = {"old"};
static const char *const others[] = {"other"};
static const struct keyed_secrets both = {new_and_old, 2, NULL};
static const struct keyed_secrets old = {only_old, 1, NULL};
static const struct keyed_secrets other = {others, 1, NULL};
static const struct keyed_secrets none = {NULL, 0, NULL};
static const struct keyed_secrets ill = {NULL, 0, "codes: not readable"};

/* The key and the text of RFC 4231 4.3, with a NUL behind it. */
static void
is_what_openssl_says(void **state)
{
	static const char *const jefe[] = {"Jefe"};
	const struct keyed_secrets secrets = {jefe, 1, NULL};
	struct arena *a = arena_new();

	(void)state;
	/* openssl dgst -sha256 -mac HMAC -macopt key:Jefe */
	CHECK_STR(keyed_hash(a, &secrets,
		      (const char *const[]){
			  "what do ya want for nothing?", NULL}),
	    "4fd2cd52032b7d4c8c0faac64edd70d0"
	    "83ded8a88aaf5bb3b60c8e40a83de008",
	    "hash");
	arena_free(a);
}

static void
every_secret_verifies_and_the_first_signs(void **state)
{
	static const char *const texts[] = {"ann", "key", NULL};
	static const char *const moved[] = {"annk", "ey", NULL};
	struct arena *a = arena_new();
	const char *by_old = keyed_hash(a, &old, texts);

	(void)state;
	CHECK(keyed_hash_fits(a, &both, texts, by_old), "old");
	CHECK(keyed_hash_fits(a, &both, texts, keyed_hash(a, &both, texts)),
	    "new");
	CHECK(!keyed_hash_fits(a, &old, texts, keyed_hash(a, &both, texts)),
	    "not the first");
	CHECK(!keyed_hash_fits(a, &other, texts, by_old), "other");
	CHECK(!keyed_hash_fits(a, &none, texts, by_old), "none");
	CHECK(!keyed_hash_fits(a, NULL, texts, by_old), "NULL");
	CHECK(!keyed_hash_fits(a, &old, moved, by_old), "moved");
	CHECK(!keyed_hash_fits(a, &old, texts, ""), "empty");
	CHECK(!keyed_hash_fits(a, &old, texts, NULL), "no hash");
	CHECK(keyed_secrets_usable(&ill, NULL) == RC_TEMP, "ill");
	CHECK(keyed_secrets_usable(&none, NULL) == RC_OK, "usable");
	arena_free(a);
}

static void
codes_are_checked_with_the_secret_they_were_made_with(void **state)
{
	static const char *const bound_to[] = {
	    "ann@remotes.club", "ann@mailbox.example", NULL};
	static const char *const elsewhere[] = {
	    "ann@remotes.club", "bob@mailbox.example", NULL};
	static const struct {
		const char *name;
		const struct keyed_secrets *made, *checked;
		enum rc rc;
	} rows[] = {
	    {"keyed", &both, &both, RC_OK},
	    {"with the older one", &old, &both, RC_OK},
	    {"with another one", &other, &both, RC_NONE},
	    {"of before there was one", &none, &both, RC_OK},
	    {"without any", NULL, NULL, RC_OK},
	    {"the secret is gone", &both, &none, RC_TEMP},
	    {"nobody has it", &both, NULL, RC_TEMP},
	};
	static const char code[] = "K7M2Q9XRTB";
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *hash = code_hash(a, rows[i].made, bound_to, code);

		CHECK(code_hash_check(a, rows[i].checked, bound_to,
			  "k7m2q-9xrtb", hash, NULL) == rows[i].rc,
		    rows[i].name);
		CHECK(code_hash_check(a, rows[i].checked, elsewhere, code, hash,
			  NULL) != RC_OK,
		    rows[i].name);
		CHECK(!code_hash_is_of_none(hash), rows[i].name);
	}
	CHECK(code_hash_check(a, &both, bound_to, code, NULL, NULL) == RC_NONE,
	    "no hash");
	arena_free(a);
}

/* Who looks at the store cannot tell them from others by their form, and no
   code fits, as nobody can find a text for them. */
static void
a_hash_of_none_looks_like_others(void **state)
{
	static const char *const bound_to[] = {"id", NULL};
	struct arena *a = arena_new();

	(void)state;
	CHECK(strlen(code_hash_of_none) ==
		  strlen(code_hash(a, &both, bound_to, "K7M2Q9XRTB")),
	    "length");
	CHECK(code_hash_is_of_none(code_hash_of_none), "keyed");
	/* as an older version wrote it */
	CHECK(code_hash_is_of_none(code_hash_of_none + strlen("hmac:")), "old");
	CHECK(code_hash_check(a, &both, bound_to, "0000000000",
		  code_hash_of_none, NULL) == RC_NONE,
	    "no code");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_what_openssl_says),
	    cmocka_unit_test(every_secret_verifies_and_the_first_signs),
	    cmocka_unit_test(
		codes_are_checked_with_the_secret_they_were_made_with),
	    cmocka_unit_test(a_hash_of_none_looks_like_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
