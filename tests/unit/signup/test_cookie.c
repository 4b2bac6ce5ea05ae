/* SPDX-License-Identifier: MIT */
#include "cookie.h"

#include "check.h"

static void
is_found_once_and_whole(void **state)
{
	static const struct {
		const char *header, *want;
	} rows[] = {
	    {NULL, NULL},
	    {"m=abc", "abc"},
	    {"a=1; m=a-_; b", "a-_"},
	    {"m=abcd", NULL},
	    {"m=ab", NULL},
	    {"m=a\"c", NULL},
	    {"m=abc; m=abd", NULL},
	    {"mm=abc", NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_STR(cookie_find(a, rows[i].header, "m", 3), rows[i].want,
		    rows[i].header != NULL ? rows[i].header : "none");
	CHECK_STR(cookie_set(a, "m", "abc", true),
	    "m=abc; Path=/; HttpOnly; SameSite=Strict; Secure", "TLS");
	CHECK_STR(cookie_set(a, "m", "", false),
	    "m=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0", "deleted");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_found_once_and_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
