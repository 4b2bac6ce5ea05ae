/* SPDX-License-Identifier: MIT */
#include "mail/display_name.h"

#include "base/str.h"
#include "check.h"

#define VIA  "via remotes.club"
#define A10  "aaaaaaaaaa"
#define A100 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10

static void
names_are_written_as_phrases(void **state)
{
	static const struct {
		const char *name, *phrase;
	} rows[] = {
	    {"Sue Example", "\"Sue Example via remotes.club\""},
	    {"", "\"sue at example.org via remotes.club\""},
	    {" \t ", "\"sue at example.org via remotes.club\""},
	    {"  Sue   Example ", "\"Sue Example via remotes.club\""},
	    {"Sue \"The\" Ex\\ample", "\"Sue \\\"The\\\" Ex\\\\ample "
				      "via remotes.club\""},
	    {"Example, Sue (<x>)", "\"Example, Sue (<x>) via remotes.club\""},
	    {A100 A10 A10 "b", "\"" A100 A10 "aaaaaaa... via remotes.club\""},
	    /* encoded words stay as they are */
	    {"=?utf-8?q?J=C3=BCrgen?=",
		"=?utf-8?q?J=C3=BCrgen?= \"via remotes.club\""},
	    {"=?ISO-8859-1?Q?J=FCrgen?= Example",
		"=?ISO-8859-1?Q?J=FCrgen?= \"Example\" \"via remotes.club\""},
	    {"=?UTF-8*de?B?SsO8cmdlbg==?= =?utf-8?q?Ex=C3=A4mple?=",
		"=?UTF-8*de?B?SsO8cmdlbg==?= =?utf-8?q?Ex=C3=A4mple?=\n "
		"\"via remotes.club\""},
	    {"=?iso-2022-jp?B?GyRCOzNFRBsoQg==?=",
		"=?iso-2022-jp?B?GyRCOzNFRBsoQg==?= \"via remotes.club\""},
	    {"=?gb2312?B?1cXI/Q==?=",
		"=?gb2312?B?1cXI/Q==?= \"via remotes.club\""},
	    {"=?windows-1251?B?yOLg7Q==?=",
		"=?windows-1251?B?yOLg7Q==?= \"via remotes.club\""},
	    /* 8-bit text is encoded */
	    {"J\xc3\xbcrgen", "=?utf-8?b?SsO8cmdlbg==?= \"via remotes.club\""},
	    {"J\xfcrgen", "=?utf-8?b?SsO8cmdlbg==?= \"via remotes.club\""},
	    {"=?utf-8?q?J=C3=BCrgen?= \xc3\x84x",
		"=?utf-8?b?SsO8cmdlbiDDhHg=?= \"via remotes.club\""},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_STR(display_name_phrase(a, rows[i].name,
			      "sue@example.org", VIA),
		    rows[i].phrase, rows[i].name);
	arena_free(a);
}

/* In whatever way it is written: none of them is left with an "@", nor with
   what only hides it. */
static void
no_name_looks_like_an_address(void **state)
{
	static const struct {
		const char *name, *phrase;
	} rows[] = {
	    {"ann@remotes.club", "\"ann at remotes.club via remotes.club\""},
	    {"@", "\"at via remotes.club\""},
	    {"ann @ remotes.club", "\"ann at remotes.club via remotes.club\""},
	    {"<ann@remotes.club>",
		"\"<ann at remotes.club> via remotes.club\""},
	    {"=?utf-8?q?ann=40remotes.club?=",
		"\"ann at remotes.club via remotes.club\""},
	    {"=?utf-8?q?ann?= =?utf-8?q?=40?= =?utf-8?q?remotes.club?=",
		"\"ann at remotes.club via remotes.club\""},
	    {"=?us-ascii?B?YW5uQHJlbW90ZXMuY2x1Yg==?=",
		"\"ann at remotes.club via remotes.club\""},
	    {"=?iso-8859-1?q?ann=40remotes.club?=",
		"\"ann at remotes.club via remotes.club\""},
	    /* a word only for those who are lenient */
	    {"ann=?utf-8?q?=40?=remotes.club",
		"\"ann at remotes.club via remotes.club\""},
	    {"=?utf-8?q?=3D=3Futf-8=3Fq=3Fann=3D40x=3F=3D?=",
		"\"sue at example.org via remotes.club\""},
	    /* U+FF20, U+FE6B */
	    {"ann\xef\xbc\xa0remotes.club",
		"\"ann at remotes.club via remotes.club\""},
	    {"=?utf-8?q?ann=EF=B9=ABremotes.club?=",
		"\"ann at remotes.club via remotes.club\""},
	    /* U+202E, a soft hyphen, a NUL, a line end, DEL */
	    {"=?utf-8?q?=E2=80=AEbulc=2Esetomer?=",
		"\"bulc.setomer via remotes.club\""},
	    {"=?utf-8?q?Su=C2=ADe?=", "\"Sue via remotes.club\""},
	    {"=?utf-8?q?Su=00e?=", "\"Sue via remotes.club\""},
	    {"=?utf-8?q?Sue=0D=0ABcc:_x=7F?=",
		"\"SueBcc: x via remotes.club\""},
	    /* in what is not converted, or not known */
	    {"=?iso-8859-2?q?ann=40remotes.club?=",
		"\"sue at example.org via remotes.club\""},
	    {"=?gb2312?q?ann=A3=C0remotes.club?=",
		"\"sue at example.org via remotes.club\""},
	    {"=?iso-2022-jp?q?ann=1B$B!w=1B(Bremotes.club?=",
		"\"sue at example.org via remotes.club\""},
	    {"=?iso-2022-jp?q?ann=40remotes.club?=",
		"\"sue at example.org via remotes.club\""},
	    {"=?utf-7?q?ann+AEA-remotes.club?=",
		"\"sue at example.org via remotes.club\""},
	    {"=?utf-16?B?AGEAQABi?=",
		"\"sue at example.org via remotes.club\""},
	    {"Sue =?koi8-r?B?7g==?= ann@remotes.club",
		"\"sue at example.org via remotes.club\""},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_STR(display_name_phrase(a, rows[i].name,
			      "sue@example.org", VIA),
		    rows[i].phrase, rows[i].name);
	arena_free(a);
}

static void
what_is_not_there_is_not_written(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	CHECK_STR(display_name_phrase(a, "", NULL, NULL), NULL, "no name");
	CHECK_STR(display_name_phrase(a, "Sue", NULL, NULL), "\"Sue\"", "Sue");
	CHECK_STR(display_name_phrase(a, "=?utf-8?q?=C3=84?=", NULL, NULL),
	    "=?utf-8?q?=C3=84?=", "a word");
	CHECK_STR(display_name_phrase(a, "", "\"a@b\"@c", NULL),
	    "\"\\\"a at b\\\" at c\"", "instead");
	arena_free(a);
}

/* RFC 5322 2.1.1, RFC 2047 2: of names of any length. */
static void
lines_are_short(void **state)
{
	static const char *const pieces[] = {
	    "a", "\"", "\xc3\xbc", "=?utf-8?q?=C3=BC?= ", "\xe2\x98\x83 "};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(pieces); i++)
		for (size_t n = 1; n < 1500; n = n * 3 / 2 + 1) {
			const char *phrase, *line;
			struct str name;

			str_init(&name, a);
			for (size_t k = 0; k < n; k++)
				str_add(&name, pieces[i]);
			phrase = display_name_phrase(a, name.text,
			    "sue@example.org", VIA);
			CHECK(str_is_ascii(phrase), phrase);
			for (line = phrase; line != NULL;
			     line = strchr(line + 1, '\n'))
				CHECK(strcspn(line + 1, "\n") < 300, phrase);
			arena_reset(a);
		}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_written_as_phrases),
	    cmocka_unit_test(no_name_looks_like_an_address),
	    cmocka_unit_test(what_is_not_there_is_not_written),
	    cmocka_unit_test(lines_are_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
