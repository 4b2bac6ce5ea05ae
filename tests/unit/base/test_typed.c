/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/typed.h"

#define ZWSP "\xe2\x80\x8b"
#define ZWJ  "\xe2\x80\x8d"
#define RLO  "\xe2\x80\xae"
#define NBSP "\xc2\xa0"
#define BOM  "\xef\xbb\xbf"
#define VS16 "\xef\xb8\x8f"

static void
trims_what_nobody_sees(void **state)
{
	static const struct {
		const char *text, *trimmed;
	} cases[] = {
	    {"ann", "ann"},
	    {"", ""},
	    {" \t ann\r\n", "ann"},
	    {BOM ZWSP "ann" NBSP, "ann"},
	    {"\xe3\x80\x80"
	     "ann" RLO "\xc2\xad\xe2\x81\xa0\xe2\x80\xa8",
		"ann"},
	    {"\x01"
	     "ann\x7f\xc2\x85",
		"ann"},
	    {"a" ZWSP "n n", "a" ZWSP "n n"},
	    {ZWSP NBSP " ", ""},
	    {"\xff"
	     "ann\xc3",
		"\xff"
		"ann\xc3"},
	    {"\xc3\xa4nn\xc3\xa9 ", "\xc3\xa4nn\xc3\xa9"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_STR(typed_trim(a, cases[i].text), cases[i].trimmed,
		    cases[i].text);
	arena_free(a);
}

static void
puts_text_on_one_line(void **state)
{
	static const struct {
		const char *text, *line;
	} cases[] = {
	    {" hello,\r\n\tI am  Ann ", "hello, I am Ann"},
	    {"tr" NBSP "s\xe3\x80\x80"
	     "bien\xe2\x80\xa8!",
		"tr s bien !"},
	    {BOM "a" RLO "b" ZWSP, "ab"},
	    {"me \xf0\x9f\x91\xa9" ZWJ "\xf0\x9f\x92\xbb \xe2\x9d\xa4" VS16,
		"me \xf0\x9f\x91\xa9" ZWJ "\xf0\x9f\x92\xbb \xe2\x9d\xa4" VS16},
	    {"", ""},
	    {NBSP, ""},
	    {"a\x01", NULL},
	    {"a\x7f", NULL},
	    {"a\xc2\x9f", NULL},
	    {"a\xff", NULL},
	    {"a\xef\xbf\xbf", NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_STR(typed_line(a, cases[i].text), cases[i].line,
		    cases[i].text);
	arena_free(a);
}

static void
names_what_nobody_sees(void **state)
{
	static const struct {
		const char *text, *unseen;
	} cases[] = {
	    {"ann smith", NULL},
	    {"\xd7\xa9\xd6\xbc", NULL},
	    {"\xff", NULL},
	    {"an" ZWSP "n" RLO, "U+200B"},
	    {NBSP "ann", "U+00A0"},
	    {"a\tb", "U+0009"},
	    {"\xf3\xa0\x81\x81", "U+E0041"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_STR(typed_unseen(a, cases[i].text), cases[i].unseen,
		    cases[i].text);
	arena_free(a);
}

static void
folds_letters_and_digits(void **state)
{
	static const struct {
		const char *text, *folded;
	} cases[] = {
	    {"aZ9-", "aZ9-"},
	    {"\xef\xbc\xa1\xef\xbc\xba\xef\xbd\x81\xef\xbd\x9a\xef\xbc\x90",
		"AZaz0"},
	    {"\xf0\x9d\x90\x80\xf0\x9d\x9f\x8e\xf0\x9d\x9f\xbf", "A09"},
	    {"\xe2\x91\xa0\xe2\x92\xb6\xe2\x93\x90\xe2\x93\xaa", "1Aa0"},
	    {"\xc2\xb9\xc2\xb2\xe2\x81\xb4\xe2\x82\x85", "1245"},
	    {"\xd9\xa1\xdb\xb2", "12"},
	    {"\xd0\x90\xc3\xa4" ZWSP "\xff", "\xd0\x90\xc3\xa4" ZWSP "\xff"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_STR(typed_ascii(a, cases[i].text), cases[i].folded,
		    cases[i].text);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(trims_what_nobody_sees),
	    cmocka_unit_test(puts_text_on_one_line),
	    cmocka_unit_test(names_what_nobody_sees),
	    cmocka_unit_test(folds_letters_and_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
