/* SPDX-License-Identifier: MIT */
#include "mail/display_name.h"

#include "base/str.h"
#include "check.h"
#include "mail/from_field.h"

#define VIA  "via remotes.club"
#define SUE  "\"sue at example.org via remotes.club\""
#define ANN  "\"ann at remotes.club via remotes.club\""
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
	    /* and so they do in what browsers read by such a name */
	    {"=?windows-1252?q?O=92Brien?=",
		"=?windows-1252?q?O=92Brien?= \"via remotes.club\""},
	    {"=?iso-8859-1?q?O=92Brien?=",
		"=?iso-8859-1?q?O=92Brien?= \"via remotes.club\""},
	    {"=?gb2312?b?iHVx?=", "=?gb2312?b?iHVx?= \"via remotes.club\""},
	    {"=?big5?b?pEC1TA==?=", "=?big5?b?pEC1TA==?= \"via remotes.club\""},
	    {"=?euc-kr?b?sei767/s?=",
		"=?euc-kr?b?sei767/s?= \"via remotes.club\""},
	    {"=?shift_jis?b?isRBQg==?=",
		"=?shift_jis?b?isRBQg==?= \"via remotes.club\""},
	    {"=?iso-8859-8-i?b?+ezl7Q==?=",
		"=?iso-8859-8-i?b?+ezl7Q==?= \"via remotes.club\""},
	    /* if they are words for all, and in a phrase */
	    {"=?utf-8?q?Smith,_John?=", "\"Smith, John via remotes.club\""},
	    {"=?utf-8?q?a(y?=", "\"a(y via remotes.club\""},
	    {"=?utf-8?q?a=4?=", "\"a=4 via remotes.club\""},
	    {"=?utf-8?b?SsO8cmdlbg?=",
		"=?utf-8?b?SsO8cmdlbg==?= \"via remotes.club\""},
	    {"=?utf-8*d(e?q?a?=", "\"a via remotes.club\""},
	    {"=?utf-8?q?"
	     "?=",
		SUE},
	    {"=?utf-8?q?" A10 A10 A10 A10 A10 A10 "aaaa=20?= b",
		"\"" A10 A10 A10 A10 A10 A10 "aaaa b via remotes.club\""},
	    {"=?koi8-r?b?X<ceo@bank.com>,Pq?=", SUE},
	    {"=?koi8-r?q?X<ceo@bank.com>,Pq?=",
		"\"X<ceo at bank.com>,Pq via remotes.club\""},
	    {"=?iso-2022-jp?q?=1B=24B=3B3?= =?iso-2022-jp?q?ED?=",
		"=?utf-8?b?5bGx55Sw?= \"via remotes.club\""},
	    {"=?utf-8?q?J=C3?= =?utf-8?q?=BCrgen?=",
		"=?utf-8?b?SsO8cmdlbg==?= \"via remotes.club\""},
	    {"=?iso-8859-1?q?" A10 A10 A10 "?= " A100,
		"\"" A10 A10 A10 " " A10 A10 A10 A10 A10 A10 A10 A10
		"aaaaaa... via remotes.club\""},
	    /* 8-bit text is encoded */
	    {"J\xc3\xbcrgen", "=?utf-8?b?SsO8cmdlbg==?= \"via remotes.club\""},
	    {"J\xfcrgen", "=?utf-8?b?SsO8cmdlbg==?= \"via remotes.club\""},
	    {"O\x92"
	     "Brien",
		"=?utf-8?b?T+KAmUJyaWVu?= \"via remotes.club\""},
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
	    /* in other character sets, and their own ways to write it */
	    {"=?iso-8859-2?q?ann=40remotes.club?=", ANN},
	    {"=?gb2312?q?ann=A3=C0remotes.club?=", ANN},
	    {"=?iso-2022-jp?q?ann=1B$B!w=1B(Bremotes.club?=", ANN},
	    {"=?iso-2022-jp?q?ann=40remotes.club?=", ANN},
	    {"=?shift_jis?q?ann=81=97remotes=2Eclub?=", ANN},
	    {"=?windows-31j?q?ann=81=97remotes=2Eclub?=", ANN},
	    {"=?euc-jp?q?ann=A1=F7remotes=2Eclub?=", ANN},
	    {"=?euc-kr?q?ann=A3=C0remotes=2Eclub?=", ANN},
	    {"=?big5?q?ann=A2=49remotes=2Eclub?=", ANN},
	    {"=?big5?q?ann=A2=4Eremotes=2Eclub?=", ANN},
	    {"=?gbk?q?ann=A9=88remotes=2Eclub?=", ANN},
	    {"=?gb18030?q?ann=A9=88remotes=2Eclub?=", ANN},
	    {"Sue =?koi8-r?B?7g==?= ann@remotes.club",
		"=?utf-8?b?U3VlINCdIGFubiBhdCByZW1vdGVzLmNsdWI=?=\n "
		"\"via remotes.club\""},
	    /* cut between two words */
	    {"=?shift_jis?q?ann=81?= =?shift_jis?q?=97remotes=2Eclub?=", ANN},
	    {"=?utf-8?q?ann=EF=BC?= =?utf-8?b?oHJlbW90ZXMuY2x1Yg==?=", ANN},
	    {"=?iso-2022-jp?q?ann=1B$B!?= =?iso-2022-jp?q?w=1B(Bremotes.club"
	     "?=",
		ANN},
	    /* a word, but for those who take no space in it */
	    {"=?utf-8?q?ann=40remotes.club x?=",
		"\"ann at remotes.club x via remotes.club\""},
	    {"=?utf-8?q?ann=40remotes.club\"x\"?=",
		"\"ann at remotes.club\\\"x\\\" via remotes.club\""},
	    /* decoded twice */
	    {"=?koi8-r?q?=3D=3Futf-8=3Fq=3Fann=3D40x=2Ecom=3F=3D?=", SUE},
	    {"=?utf-8?q?=3D?= =?utf-8?q?=3Futf-8=3Fq=3Fann=3D40x=3F=3D?=", SUE},
	    {"=?utf-8?q?=3D=C2=AD=3Futf-8=3Fq=3Fann=3D40x=3F=3D?=", SUE},
	    {"=?utf-8?q?ann=40remotes.club?", SUE},
	    {"=?utf 8?q?ann=40remotes.club?=", SUE},
	    /* LRM and RLM, where they are a byte */
	    {"=?iso-8859-8?q?a=FDb=FEc?=", "\"abc via remotes.club\""},
	    {"=?windows-1255?q?a=FDb?=", "\"ab via remotes.club\""},
	    {"=?windows-1256?q?a=FEb?=", "\"ab via remotes.club\""},
	    /* UTF-8, whatever it is called */
	    {"=?iso-8859-1?q?ann=EF=B9=ABx?=",
		"=?utf-8?b?YW5uw6/CucKreA==?= \"via remotes.club\""},
	    /* what nobody can tell */
	    {"=?iso-2022-jp?q?ann=1B(=40remotes.club?=",
		"\"ann( at remotes.club via remotes.club\""},
	    {"=?shift_jis?q?ann=81?=", SUE},
	    {"=?utf-8?q?ann=FC?=", SUE},
	    {"=?us-ascii?q?ann=EF=BC=A0x?=", SUE},
	    {"=?utf-7?q?ann+AEA-remotes.club?=", SUE},
	    {"=?utf-16?B?AGEAQABi?=", SUE},
	    {"=?utf-8//translit?q?ann?=", SUE},
	    {"=?iso-8859-1//ignore?q?ann=40x?=", SUE},
	    {"=?x-unknown?q?ann?=", SUE},
	    {"=?utf-8?b?SsO8cmdl_bg=?=", SUE},
	    {"a\x81", SUE},
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
	CHECK_STR(display_name_phrase(a, "", "=?utf-8?q?a=40b?=@c", NULL), NULL,
	    "a word instead");
	CHECK_STR(display_name_phrase(a, "", "=?utf-8?q?a=40b?=@c", VIA),
	    "\"" VIA "\"", "a word instead, and more");
	CHECK_STR(display_name_phrase(a, "", "\"a@b\"@c", NULL),
	    "\"\\\"a at b\\\" at c\"", "instead");
	arena_free(a);
}

/* RFC 5322 2.1.1, RFC 2047 2: of names of any length. */
static void
lines_are_short(void **state)
{
	static const char *const pieces[] = {"a", "\"", "\xc3\xbc",
	    "=?utf-8?q?=C3=BC?= ", "\xe2\x98\x83 ",
	    ("=?utf-8?q?a?= "
	     "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"")};
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

/* Before an address of ours it is a name, and nobody's address. */
static void
check_one_mailbox(struct arena *a, const char *name)
{
	const char *phrase =
		       display_name_phrase(a, name, "sue@example.org", VIA),
		   *value =
		       arena_printf(a, "%s\n <t@fwd.remotes.club>", phrase);
	const struct mail_field field = {"From", value, strlen(value)};
	const char *shown = str_printable(a, name, strlen(name), 4000);
	struct from_field from;

	from_field_read(a, &field, 1, &from);
	CHECK(from.kind == FROM_FIELD_ONE && from.n == 1, shown);
	CHECK_STR(from.domain, "fwd.remotes.club", shown);
	CHECK_STR(from.mailboxes[0].address.local, "t", shown);
	CHECK(strchr(phrase, '@') == NULL, shown);
	CHECK(strpbrk(phrase, "\r\t\x1b") == NULL, shown);
	/* What we have written, we write again. */
	phrase = display_name_phrase(a, from.mailboxes[0].name, NULL, NULL);
	CHECK(phrase != NULL && strchr(phrase, '@') == NULL, shown);
}

static const char *const pieces[] = {"=?utf-8?q?", "=?koi8-r?b?",
    "=?shift_jis?b?", "=?iso-2022-jp?q?", "=?gb2312?q?", "=?big5?b?",
    "=?us-ascii*en?q?", "=?a(b?q?", "=?", "?=", "?=", "?=", "?= ", " ", "\t",
    "=40", "=3D", "=81", "=97", "=1B$B", "=1B(B", "=EF=BC", "=A0", "=A3=C0",
    "=00", "=0A", "=22", "=5C", "@", "<", ">", ",", ";", ":", "(", ")", "[",
    "]", "\"", "\\", ".", "Sue", "Y2VvQGJhbmsuY29t", "gQ==", "l2JhbmsuY29t",
    "=", "?", "_", "\xc3\xbc", "\xff", "\x81", "\xef\xbc\xa0", "\xe2\x80\xae",
    "ceo@bank.com", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};

static void
whatever_the_name_there_is_one_mailbox(void **state)
{
	struct arena *a = arena_new();
	uint32_t random = 1;

	(void)state;
	for (size_t i = 0; i < 4000; i++) {
		struct str name;

		str_init(&name, a);
		/* Each second one is a word, if it is one. */
		str_add(&name, i % 2 == 0 ? "" : "=?utf-8?q?a");
		for (size_t n = i / 2 % 12 + 1; n > 0; n--) {
			random = random * 1664525 + 1013904223;
			str_add(&name, pieces[(random >> 8) % COUNT(pieces)]);
		}
		str_add(&name, i % 2 == 0 ? "" : "?=");
		check_one_mailbox(a, name.text);
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
	    cmocka_unit_test(whatever_the_name_there_is_one_mailbox),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
