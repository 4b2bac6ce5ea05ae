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
	    {"line ends", "ABCDE-FGHJK\r\n", "ABCDEFGHJK"},
	    {"no-break space",
		"ABCDE\xc2\xa0"
		"FGHJK\xc2\xa0",
		"ABCDEFGHJK"},
	    {"zero width",
		"\xe2\x80\x8b"
		"ABCDE-\xef\xbb\xbf"
		"FGHJK\xe2\x80\x8d",
		"ABCDEFGHJK"},
	    {"en dash",
		"ABCDE\xe2\x80\x93"
		"FGHJK",
		"ABCDEFGHJK"},
	    {"no-break hyphen",
		"ABCDE\xe2\x80\x91"
		"FGHJK",
		"ABCDEFGHJK"},
	    {"minus",
		"ABCDE\xe2\x88\x92"
		"FGHJK",
		"ABCDEFGHJK"},
	    {"soft hyphen", "ABCDE\xc2\xad-FGHJK", "ABCDEFGHJK"},
	    {"underscore", "ABCDE_FGHJK", "ABCDEFGHJK"},
	    {"full width",
		"\xef\xbc\xa1\xef\xbc\xa2\xef\xbd\x83"
		"D\xef\xbc\x95\xef\xbc\x8d"
		"FGHJK",
		"ABCD5FGHJK"},
	    {"quotes", "\"ABCDE-FGHJK\"", "ABCDEFGHJK"},
	    {"quotes of a word processor",
		"\xe2\x80\x9e"
		"ABCDE-FGHJK\xe2\x80\x9c",
		"ABCDEFGHJK"},
	    {"full stop", "ABCDE-FGHJK.", "ABCDEFGHJK"},
	    {"its name", "Code: ABCDE-FGHJK", "ABCDEFGHJK"},
	    {"its name, and blanks", "code:\tABCDE FGHJK", "ABCDEFGHJK"},
	    {"a sentence", "Your code is ABCDE-FGHJK, thank you.",
		"ABCDEFGHJK"},
	    {"a sentence, in one piece", "Your code is abcdefghjk!",
		"ABCDEFGHJK"},
	    {"the line twice", "ABCDE-FGHJK\nABCDE-FGHJK", "ABCDEFGHJK"},
	    {"a paragraph",
		"To be sure, we ask you for a code. Here it is:\r\n\r\n"
		"    ABCDE-FGHJK\r\n\r\nThe code is good for 24 hours.\r\n",
		"ABCDEFGHJK"},
	    {"a link", "https://remotes.club/join/?code=ABCDE-FGHJK",
		"ABCDEFGHJK"},
	    {"percent", "%20ABCDE%2DFGHJK%0D%0A", "ABCDEFGHJK"},
	    {"percent, UTF-8", "ABCDE%E2%80%91FGHJK%C2%A0", "ABCDEFGHJK"},
	    {"entities", "&nbsp;ABCDE&#8209;FGHJK&#x200b;", "ABCDEFGHJK"},
	    {"tags", "<b>ABCDE-FGHJK</b>", "ABCDEFGHJK"},
	    {"stars", "*ABCDE-FGHJK*", "ABCDEFGHJK"},
	    {"quoted mail", "> ABCDE-FGHJK", "ABCDEFGHJK"},
	    {"letter by letter", "A B C D E - F G H J K", "ABCDEFGHJK"},
	    {"two", "ABCDE-FGHJK or ABCDE-FGHJM", NULL},
	    {"words only", "What is my code, please?", NULL},
	    {"a percent alone", "ABCDE-FGHJ%", NULL},
	    {"half of it", "Code: ABCDE", NULL},
	    {"too long, with words", "Code: ABCDE-FGHJKM", NULL},
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
