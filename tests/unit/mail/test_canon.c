/* SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "check.h"
#include "mail/canon.h"

static void
add_text(void *to, const char *bytes, size_t len)
{
	str_add_bytes(to, bytes, len);
}

static const char *
field_of(struct arena *a, enum canon canon, const char *name, const char *value,
    size_t len)
{
	const struct mail_field field = {name, value, len};
	struct str s;

	str_init(&s, a);
	canon_field(canon, &field, add_text, &s);
	return s.text;
}

static void
makes_fields_canonical(void **state)
{
	static const struct {
		const char *name, *field, *value, *simple, *relaxed;
	} rows[] = {
	    {"usual", "Subject", " Lunch", "Subject: Lunch", "subject:Lunch"},
	    {"no space", "X", "1", "X:1", "x:1"},
	    {"white space at both ends", "X", " \t1 \t", "X: \t1 \t", "x:1"},
	    {"runs", "X", " a  b\t c\td", "X: a  b\t c\td", "x:a b c d"},
	    {"a fold of a milter", "X", " a\n\tb", "X: a\r\n\tb", "x:a b"},
	    {"a fold of a file", "X", " a\r\n\tb", "X: a\r\n\tb", "x:a b"},
	    {"a fold right after the colon", "X", "\r\n a", "X:\r\n a", "x:a"},
	    {"a fold behind white space", "X", " a \r\n b", "X: a \r\n b",
		"x:a b"},
	    {"a line of white space", "X", " a\r\n \r\n b", "X: a\r\n \r\n b",
		"x:a b"},
	    {"and at the end", "X", " a\r\n ", "X: a\r\n ", "x:a"},
	    {"empty", "X-T", "", "X-T:", "x-t:"},
	    {"one space", "X-T", " ", "X-T: ", "x-t:"},
	    {"white space before the colon", "X-T \t", " 1", "X-T \t: 1",
		"x-t:1"},
	    {"upper case stays in a value", "X-ABC", " DeF", "X-ABC: DeF",
		"x-abc:DeF"},
	    {"a colon in a value", "X", " a:b : c", "X: a:b : c", "x:a:b : c"},
	    {"a CR alone", "X", " a\r b\r", "X: a\r b\r", "x:a\r b\r"},
	    {"bytes above 127", "X", " \xfc\xc3\xbc", "X: \xfc\xc3\xbc",
		"x:\xfc\xc3\xbc"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t len = strlen(rows[i].value);

		CHECK_STR(field_of(a, CANON_SIMPLE, rows[i].field,
			      rows[i].value, len),
		    rows[i].simple, rows[i].name);
		CHECK_STR(field_of(a, CANON_RELAXED, rows[i].field,
			      rows[i].value, len),
		    rows[i].relaxed, rows[i].name);
	}
	assert_memory_equal(field_of(a, CANON_RELAXED, "X", " a\0 b", 5),
	    "x:a\0 b", 7);
	arena_free(a);
}

/* Names longer than what is made lower case at once. */
static void
lowers_long_names(void **state)
{
	struct arena *a = arena_new();
	char name[151] = {0}, wanted[153] = {0};

	(void)state;
	memset(name, 'N', 150);
	memset(wanted, 'n', 150);
	strcat(wanted, ":v");
	assert_string_equal(field_of(a, CANON_RELAXED, name, " v", 2), wanted);
	arena_free(a);
}

static void
canon_chunks(struct str *s, enum canon canon, const char *bytes, size_t len,
    size_t chunk)
{
	struct canon_body body;

	canon_body_init(&body, canon, add_text, s);
	for (size_t at = 0; at < len; at += chunk)
		canon_body_add(&body, bytes + at,
		    chunk < len - at ? chunk : len - at);
	canon_body_end(&body);
}

static void
check_body(struct arena *a, enum canon canon, const char *body, size_t len,
    const char *wanted, size_t wanted_len, const char *name)
{
	for (size_t chunk = 1; chunk <= len + 1; chunk++) {
		struct str s;

		str_init(&s, a);
		canon_chunks(&s, canon, body, len, chunk);
		if (s.len != wanted_len ||
		    memcmp(s.text, wanted, wanted_len) != 0)
			fail_msg("%s, in chunks of %zu: \"%s\"", name, chunk,
			    str_printable(a, s.text, s.len, 500));
	}
}

#define TEXT(s) s, sizeof(s) - 1

static void
makes_bodies_canonical(void **state)
{
	static const struct {
		const char *name, *body;
		size_t len;
		const char *simple;
		size_t simple_len;
		const char *relaxed;
		size_t relaxed_len;
	} rows[] = {
	    {"none", TEXT(""), TEXT("\r\n"), TEXT("")},
	    {"a line end", TEXT("\r\n"), TEXT("\r\n"), TEXT("")},
	    {"line ends", TEXT("\r\n\r\n\r\n"), TEXT("\r\n"), TEXT("")},
	    {"a line", TEXT("a\r\n"), TEXT("a\r\n"), TEXT("a\r\n")},
	    {"no line end", TEXT("a"), TEXT("a\r\n"), TEXT("a\r\n")},
	    {"empty lines at the end", TEXT("a\r\n\r\n\r\n"), TEXT("a\r\n"),
		TEXT("a\r\n")},
	    {"empty lines between", TEXT("a\r\n\r\n\r\nb\r\n"),
		TEXT("a\r\n\r\n\r\nb\r\n"), TEXT("a\r\n\r\n\r\nb\r\n")},
	    {"empty lines first", TEXT("\r\n\r\na\r\n"), TEXT("\r\n\r\na\r\n"),
		TEXT("\r\n\r\na\r\n")},
	    {"white space at the end of a line", TEXT("a \t\r\nb\r\n"),
		TEXT("a \t\r\nb\r\n"), TEXT("a\r\nb\r\n")},
	    {"white space at its beginning", TEXT(" \t a\r\n\tb\r\n"),
		TEXT(" \t a\r\n\tb\r\n"), TEXT(" a\r\n b\r\n")},
	    {"runs", TEXT("a  b\tc \t d\r\n"), TEXT("a  b\tc \t d\r\n"),
		TEXT("a b c d\r\n")},
	    {"a line of white space at the end", TEXT("a\r\n \t\r\n"),
		TEXT("a\r\n \t\r\n"), TEXT("a\r\n")},
	    {"and one between", TEXT("a\r\n \r\nb\r\n"),
		TEXT("a\r\n \r\nb\r\n"), TEXT("a\r\n\r\nb\r\n")},
	    {"white space alone", TEXT(" "), TEXT(" \r\n"), TEXT("")},
	    {"a line of it", TEXT(" \r\n"), TEXT(" \r\n"), TEXT("")},
	    {"and empty lines behind it", TEXT("\t\r\n\r\n \r\n"),
		TEXT("\t\r\n\r\n \r\n"), TEXT("")},
	    {"white space behind the last line end", TEXT("a\r\n "),
		TEXT("a\r\n \r\n"), TEXT("a\r\n")},
	    {"and at the end of the last line", TEXT("a "), TEXT("a \r\n"),
		TEXT("a\r\n")},
	    {"a CR", TEXT("a\rb\r\n"), TEXT("a\rb\r\n"), TEXT("a\rb\r\n")},
	    {"white space before a CR", TEXT("a \rb \t\r\r\n"),
		TEXT("a \rb \t\r\r\n"), TEXT("a \rb \r\r\n")},
	    {"white space behind a CR", TEXT("a\r \tb\r \r\n"),
		TEXT("a\r \tb\r \r\n"), TEXT("a\r b\r\r\n")},
	    {"a CR at the end", TEXT("a\r"), TEXT("a\r\r\n"), TEXT("a\r\r\n")},
	    {"CRs alone", TEXT("\r\r"), TEXT("\r\r\r\n"), TEXT("\r\r\r\n")},
	    {"a CR behind line ends", TEXT("a\r\n\r\n\r"),
		TEXT("a\r\n\r\n\r\r\n"), TEXT("a\r\n\r\n\r\r\n")},
	    {"an LF", TEXT("a\nb \n\r\n"), TEXT("a\nb \n\r\n"),
		TEXT("a\nb \n\r\n")},
	    {"an LF at the end", TEXT("a\n"), TEXT("a\n\r\n"), TEXT("a\n\r\n")},
	    {"LF CR", TEXT("a\n\r\n\rb"), TEXT("a\n\r\n\rb\r\n"),
		TEXT("a\n\r\n\rb\r\n")},
	    {"a NUL", TEXT("a\0 \0b\r\n"), TEXT("a\0 \0b\r\n"),
		TEXT("a\0 \0b\r\n")},
	    {"bytes above 127", TEXT("\xff \xc3\xbc\r\n"),
		TEXT("\xff \xc3\xbc\r\n"), TEXT("\xff \xc3\xbc\r\n")},
	    {"longer than what is looked at at once",
		TEXT("0123456789abcde  0123456789abcdef0123456789abcdef\t"
		     "x 0123456789abcdef\r\n\r\n0123456789abcdef \r\n \r\n"),
		TEXT("0123456789abcde  0123456789abcdef0123456789abcdef\t"
		     "x 0123456789abcdef\r\n\r\n0123456789abcdef \r\n \r\n"),
		TEXT("0123456789abcde 0123456789abcdef0123456789abcdef "
		     "x 0123456789abcdef\r\n\r\n0123456789abcdef\r\n")},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_body(a, CANON_SIMPLE, rows[i].body, rows[i].len,
		    rows[i].simple, rows[i].simple_len, rows[i].name);
		check_body(a, CANON_RELAXED, rows[i].body, rows[i].len,
		    rows[i].relaxed, rows[i].relaxed_len, rows[i].name);
	}
	arena_free(a);
}

struct counted {
	uint64_t bytes, calls;
};

static void
count_bytes(void *to, const char *bytes, size_t len)
{
	struct counted *c = to;

	(void)bytes;
	c->bytes += len;
	c->calls++;
}

/* Line ends cost nothing until something follows them. */
static void
keeps_no_line_ends(void **state)
{
	static char lines[65536];
	struct counted c = {0};
	struct canon_body body;

	(void)state;
	for (size_t i = 0; i < sizeof(lines); i++)
		lines[i] = i % 2 == 0 ? '\r' : '\n';
	canon_body_init(&body, CANON_RELAXED, count_bytes, &c);
	for (int i = 0; i < 100; i++)
		canon_body_add(&body, lines, sizeof(lines));
	assert_int_equal(c.bytes, 0);
	canon_body_add(&body, "x", 1);
	canon_body_end(&body);
	assert_int_equal(c.bytes, 100 * sizeof(lines) + 3);
}

/* What stays as it is goes on as it lies there. */
static void
passes_runs_on(void **state)
{
	struct arena *a = arena_new();
	struct counted c = {0};
	struct canon_body body;
	struct str s;

	(void)state;
	str_init(&s, a);
	for (int i = 0; i < 1000; i++)
		str_add(&s, "One line of a letter, as people write it.\r\n");
	canon_body_init(&body, CANON_RELAXED, count_bytes, &c);
	canon_body_add(&body, s.text, s.len);
	canon_body_end(&body);
	assert_int_equal(c.bytes, s.len);
	assert_int_equal(c.calls, 2);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(makes_fields_canonical),
	    cmocka_unit_test(lowers_long_names),
	    cmocka_unit_test(makes_bodies_canonical),
	    cmocka_unit_test(keeps_no_line_ends),
	    cmocka_unit_test(passes_runs_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
