/* SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "check.h"
#include "mail/message_text.h"

/* "{name|value}...body", with CR and LF as letters. */
static const char *
shown(struct arena *a, const char *text, size_t len)
{
	struct message_text m;
	struct str s;

	message_text_split(a, text, len, &m);
	str_init(&s, a);
	for (size_t i = 0; i < m.n; i++) {
		str_addf(&s, "{%s|", m.fields[i].name);
		str_add_bytes(&s, m.fields[i].value, m.fields[i].len);
		str_add(&s, "}");
	}
	str_add_bytes(&s, m.body, m.body_len);
	return str_printable(a, s.text, s.len, 500);
}

#define TEXT(s) s, sizeof(s) - 1
#define CRLF    "\\x0d\\x0a"
#define LF      "\\x0a"
#define CR      "\\x0d"

static void
takes_messages_apart(void **state)
{
	static const struct {
		const char *name, *text;
		size_t len;
		const char *shown;
	} rows[] = {
	    {"CRLF", TEXT("A: 1\r\nB:2\r\n\r\nbody\r\n"),
		"{A| 1}{B|2}body" CRLF},
	    {"LF", TEXT("A: 1\nB:2\n\nbody\nx\n"),
		"{A| 1}{B|2}body" CRLF "x" CRLF},
	    {"LF, and some CRLF", TEXT("A: 1\nB: 2\r\n\r\nbody\r\nx\n"),
		"{A| 1}{B| 2}body" CRLF "x" CRLF},
	    {"CRLF, and some LF", TEXT("A: 1\n2\r\n\r\nbody\nx\r\n"),
		"{A| 1}2" CRLF CRLF "body" CRLF "x" CRLF},
	    {"LF behind the first line",
		TEXT("A: 1\r\nB: 1\n2\r\n\r\na\nb\r\n"),
		"{A| 1}{B| 1" LF "2}a" LF "b" CRLF},
	    {"folds", TEXT("A:\r\n 1\r\n\t2 \r\nB: 3\r\n\r\n"),
		"{A|" CRLF " 1" CRLF "\\x092 }{B| 3}"},
	    {"folds with LF", TEXT("A: 1\n 2\n\nx"), "{A| 1" LF " 2}x"},
	    {"a line of white space is a fold", TEXT("A: 1\r\n \r\n\r\nx"),
		"{A| 1" CRLF " }x"},
	    {"From_", TEXT("From a@b Sat Nov 28\r\nA: 1\r\n\r\nx"), "{A| 1}x"},
	    {"From", TEXT("From: a\r\n\r\nx"), "{From| a}x"},
	    {"a space before the colon", TEXT("A : 1\r\nB\t :2\r\n\r\n"),
		"{A | 1}{B\\x09 |2}"},
	    {"no body", TEXT("A: 1\r\n"), "{A| 1}"},
	    {"no line end", TEXT("A: 1"), "{A| 1}"},
	    {"no header", TEXT("\r\nbody"), "body"},
	    {"a line that is no field", TEXT("A: 1\r\nbody\r\n\r\nx"),
		"{A| 1}body" CRLF CRLF "x"},
	    {"a name with a space in it", TEXT("A: 1\r\nA B: 2\r\n"),
		"{A| 1}A B: 2" CRLF},
	    {"no name", TEXT(": 1\r\n"), ": 1" CRLF},
	    {"a fold of nothing", TEXT(" A: 1\r\n"), " A: 1" CRLF},
	    {"a NUL in a value", TEXT("A: 1\0002\r\n\r\nx\0y"),
		"{A| 1\\x002}x\\x00y"},
	    {"a NUL in a name", TEXT("A\0B: 1\r\n"), "A\\x00B: 1" CRLF},
	    {"a CR in a value", TEXT("A: 1\r2\r\n\r\n"), "{A| 1" CR "2}"},
	    {"nothing", TEXT(""), ""},
	    {"one byte", TEXT("\n"), ""},
	    {"a name alone", TEXT("A"), "A"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_STR(shown(a, rows[i].text, rows[i].len), rows[i].shown,
		    rows[i].name);
		arena_reset(a);
	}
	arena_free(a);
}

static void
takes_many_fields(void **state)
{
	struct arena *a = arena_new();
	struct message_text m;
	struct str s;

	(void)state;
	str_init(&s, a);
	for (int i = 0; i < 1000; i++)
		str_addf(&s, "X-%d: %d\n", i, i);
	message_text_split(a, s.text, s.len, &m);
	assert_int_equal(m.n, 1000);
	assert_string_equal(m.fields[999].name, "X-999");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_messages_apart),
	    cmocka_unit_test(takes_many_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
