/* SPDX-License-Identifier: MIT */
#include "base/token.h"

#include "check.h"

#include <string.h>

static void
makes_tokens_that_are_read_back(void **state)
{
	struct arena *a = arena_new();
	char *last = NULL;

	(void)state;
	for (int i = 0; i < 100; i++) {
		char *token;

		CHECK(token_make(a, &token, NULL) == RC_OK, "make");
		CHECK(strlen(token) == TOKEN_LEN, token);
		CHECK(strpbrk(token, "ILOU") == NULL, token);
		CHECK_STR(token_read(a, token), token, "read");
		CHECK(last == NULL || strcmp(last, token) != 0, "a fresh one");
		last = token;
	}
	arena_free(a);
}

static void
reads_what_people_type(void **state)
{
	static const struct {
		const char *name, *typed, *token;
	} cases[] = {
	    {"as it is", "0123456789", "0123456789"},
	    {"any case", "abcdeFGHJK", "ABCDEFGHJK"},
	    {"hyphens and blanks", " ABCDE-FGHJ K\t", "ABCDEFGHJK"},
	    {"look-alikes", "oOiIlL2345", "0011112345"},
	    {"too short", "ABCDE-FGHJ", NULL},
	    {"too long", "ABCDE-FGHJKM", NULL},
	    {"empty", "", NULL},
	    {"another letter", "ABCDEFGHJU", NULL},
	    {"another sign", "ABCDEFGHJ_", NULL},
	    {"beyond ASCII", "ABCDEFGH\xc3\xa9", NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *token = token_read(a, cases[i].typed);

		if (cases[i].token == NULL)
			CHECK(token == NULL, cases[i].name);
		else
			CHECK_STR(token, cases[i].token, cases[i].name);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(makes_tokens_that_are_read_back),
	    cmocka_unit_test(reads_what_people_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
