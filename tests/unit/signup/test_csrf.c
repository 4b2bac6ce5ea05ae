/* SPDX-License-Identifier: MIT */
#include "csrf.h"

#include "check.h"

#define TOKEN "abcdefghijklmnopqrst-_"
#define OTHER "abcdefghijklmnopqrst--"

static void
makes_a_token_and_its_cookie(void **state)
{
	struct arena *a = arena_new();
	const char *one, *two;

	(void)state;
	assert_int_equal(csrf_make(a, &one, NULL), RC_OK);
	assert_int_equal(csrf_make(a, &two, NULL), RC_OK);
	assert_int_equal(strlen(one), CSRF_LEN);
	assert_string_not_equal(one, two);
	assert_true(csrf_fits(csrf_cookie(a,
				  arena_printf(a, "postward=%s", one), false),
	    one));
	CHECK_STR(csrf_set_cookie(a, TOKEN, false),
	    "postward=" TOKEN "; Path=/; HttpOnly; SameSite=Strict", "plain");
	CHECK_STR(csrf_set_cookie(a, TOKEN, true),
	    "__Host-postward=" TOKEN "; Path=/; HttpOnly; SameSite=Strict; "
	    "Secure",
	    "TLS");
	arena_free(a);
}

static void
finds_its_cookie(void **state)
{
	static const struct {
		const char *header;
		bool secure;
		const char *want;
	} cases[] = {
	    {NULL, false, NULL},
	    {"", false, NULL},
	    {"postward=" TOKEN, false, TOKEN},
	    {"a=1; postward=" TOKEN "; b", false, TOKEN},
	    {"a=postward=" TOKEN, false, NULL},
	    {"xpostward=" TOKEN, false, NULL},
	    {"postward", false, NULL},
	    {"postward=", false, NULL},
	    {"postward=" TOKEN "x", false, NULL},
	    {"postward=abc", false, NULL},
	    {"postward=abcdefghijklmnopqrst\"<", false, NULL},
	    {"postward=" TOKEN "; postward=" OTHER, false, NULL},
	    {"postward=" TOKEN, true, NULL},
	    {"__Host-postward=" TOKEN "; postward=" OTHER, true, TOKEN},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_STR(csrf_cookie(a, cases[i].header, cases[i].secure),
		    cases[i].want,
		    cases[i].header != NULL ? cases[i].header : "none");
	arena_free(a);
}

static void
compares(void **state)
{
	(void)state;
	assert_true(csrf_fits(TOKEN, TOKEN));
	assert_false(csrf_fits(TOKEN, OTHER));
	assert_false(csrf_fits(NULL, TOKEN));
	assert_false(csrf_fits(NULL, ""));
	assert_false(csrf_fits("", ""));
	assert_false(csrf_fits(TOKEN, "abc"));
}

static void
knows_other_sites(void **state)
{
	static const struct {
		const char *name;
		struct csrf_origin from;
		bool foreign;
	} cases[] = {
	    {"nothing told", {NULL, NULL, "a.test", ""}, false},
	    {"same", {"http://a.test", "same-origin", "a.test", ""}, false},
	    {"same, port", {"http://a.test:8080", NULL, "A.test:8080", ""},
		false},
	    {"other port", {"http://a.test:81", NULL, "a.test:80", ""}, true},
	    {"other", {"https://b.test", NULL, "a.test", ""}, true},
	    {"behind a proxy",
		{"https://a.test", NULL, "127.0.0.1:8080",
		    "https://a.test/join"},
		false},
	    {"url without a path",
		{"https://a.test", NULL, "x", "https://a.test"}, false},
	    {"begins like ours",
		{"https://a.te", NULL, "x", "https://a.test/join"}, true},
	    {"goes on like ours",
		{"https://a.test.evil", NULL, "x", "https://a.test/"}, true},
	    {"no-referrer", {"null", "same-origin", "a.test", ""}, false},
	    {"no-referrer, old browser", {"null", NULL, "a.test", ""}, false},
	    {"sandbox", {"null", "cross-site", "a.test", ""}, true},
	    {"site", {NULL, "same-site", "a.test", ""}, true},
	    {"cross", {"http://a.test", "cross-site", "a.test", ""}, true},
	    {"no host", {"http://a.test", NULL, NULL, ""}, true},
	    {"nonsense", {"a.test", NULL, "a.test", ""}, true},
	    {"empty", {"", NULL, "a.test", "https://a.test/"}, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK(csrf_is_foreign(&cases[i].from) == cases[i].foreign,
		    cases[i].name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(makes_a_token_and_its_cookie),
	    cmocka_unit_test(finds_its_cookie),
	    cmocka_unit_test(compares),
	    cmocka_unit_test(knows_other_sites),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
