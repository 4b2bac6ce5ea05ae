/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/str.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static void
grows_with_what_is_added(void **state)
{
	struct arena *a = arena_new();
	struct str s;

	(void)state;
	str_init(&s, a);
	assert_string_equal(s.text, "");
	for (int i = 0; i < 1000; i++) {
		str_add(&s, "ab");
		str_addf(&s, "%d", i % 10);
		str_add_bytes(&s, "cdXX", 2);
	}
	assert_int_equal(s.len, 5000);
	assert_int_equal(strlen(s.text), 5000);
	assert_string_equal(s.text + 4995, "ab9cd");
	arena_free(a);
}

static void
can_be_added_to_itself(void **state)
{
	struct arena *a = arena_new();
	struct str s;

	(void)state;
	str_init(&s, a);
	str_add(&s, "0123456789");
	for (int i = 0; i < 4; i++)
		str_add(&s, s.text);
	assert_int_equal(s.len, 160);
	str_addf(&s, "%s", s.text);
	assert_int_equal(s.len, 320);
	assert_string_equal(s.text + 310, "0123456789");
	arena_free(a);
}

static void
compares_without_regard_to_ascii_case(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal, starts, starts_fold, ends_fold;
	} cases[] = {
	    {"Example.ORG", "example.org", true, false, true, true},
	    {"example.org", "example", false, true, true, false},
	    {"Example.org", "example", false, false, true, false},
	    {"mail.Example.org", ".example.ORG", false, false, false, true},
	    {"org", "example.org", false, false, false, false},
	    {"a", "", false, true, true, true},
	    {"", "", true, true, true, true},
	    {"[", "{", false, false, false, false},
	    {"@", "`", false, false, false, false},
	    {"\xc3\x84", "\xc3\xa4", false, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *x = cases[i].a, *y = cases[i].b;

		CHECK(str_equal_fold(x, y) == cases[i].equal, x);
		CHECK(str_equal_fold(y, x) == cases[i].equal, x);
		CHECK(str_starts(x, y) == cases[i].starts, x);
		CHECK(str_starts_fold(x, y) == cases[i].starts_fold, x);
		CHECK(str_ends_fold(x, y) == cases[i].ends_fold, x);
	}
}

static void
lowers_ascii_only(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(str_lower(a, "AZ[`az\xc3\x84"), "az[`az\xc3\x84");
	assert_string_equal(str_lower(a, ""), "");
	arena_free(a);
}

static void
knows_well_formed_utf8(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} cases[] = {
	    {"a", 1},
	    {"\x7f", 1},
	    {"\xc3\xa4", 2},
	    {"\xdf\xbf", 2},
	    {"\xe0\xa0\x80", 3},
	    {"\xe2\x82\xac", 3},
	    {"\xef\xbf\xbd", 3},
	    {"\xf0\x90\x80\x80", 4},
	    {"\xf4\x8f\xbf\xbf", 4},
	    {"", 0},
	    {"\x80", 0},
	    {"\xbf", 0},
	    {"\xc0\x80", 0},         /* overlong */
	    {"\xc1\xbf", 0},         /* overlong */
	    {"\xe0\x9f\xbf", 0},     /* overlong */
	    {"\xf0\x8f\xbf\xbf", 0}, /* overlong */
	    {"\xed\xa0\x80", 0},     /* a surrogate */
	    {"\xed\xbf\xbf", 0},     /* a surrogate */
	    {"\xf4\x90\x80\x80", 0}, /* past U+10FFFF */
	    {"\xf5\x80\x80\x80", 0},
	    {"\xff", 0},
	    {"\xc3", 0},
	    {"\xc3"
	     "a",
		0},
	    {"\xe2\x82", 0},
	    {"\xe2\x82\xc3", 0},
	    {"\xf0\x9f\x98", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t len = strlen(cases[i].bytes);

		if (str_utf8(cases[i].bytes, len) != cases[i].size)
			fail_msg("row %zu", i);
	}
}

static void
reads_no_further_than_the_length(void **state)
{
	(void)state;
	assert_int_equal(str_utf8("\xe2\x82\xac", 2), 0);
	assert_int_equal(str_utf8("\xc3\xa4", 1), 0);
	assert_int_equal(str_utf8("a", 0), 0);
}

static void
makes_bytes_printable(void **state)
{
	static const struct {
		const char *name, *bytes;
		size_t len, most;
		const char *shown;
	} cases[] = {
	    {"plain", "a b\\\"c", 6, 99, "a b\\\"c"},
	    {"empty", "", 0, 99, ""},
	    {"line end", "a\r\nb", 4, 99, "a\\x0d\\x0ab"},
	    {"NUL", "a\0b", 3, 99, "a\\x00b"},
	    {"escape and delete", "\x1b\x7f", 2, 99, "\\x1b\\x7f"},
	    {"UTF-8", "\xc3\xa4\xe2\x82\xac", 5, 99, "\xc3\xa4\xe2\x82\xac"},
	    {"C1", "\xc2\x85\xc2\x9f", 4, 99, "\\xc2\\x85\\xc2\\x9f"},
	    {"after C1", "\xc2\xa1", 2, 99, "\xc2\xa1"},
	    {"looks like a space",
		"a\xc2\xa0"
		"b=c\xe3\x80\x80",
		9, 99, "a\\u{a0}b=c\\u{3000}"},
	    {"right to left override", "bob\xe2\x80\xaegro", 9, 99,
		"bob\\u{202e}gro"},
	    {"isolates, marks", "\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c", 8, 99,
		"\\u{2066}\\u{200f}\\u{61c}"},
	    {"zero width", "\xe2\x80\x8b\xe2\x80\x8d\xef\xbb\xbf", 9, 99,
		"\\u{200b}\\u{200d}\\u{feff}"},
	    {"soft hyphen, fillers", "\xc2\xad\xe3\x85\xa4\xe1\x85\x9f", 8, 99,
		"\\u{ad}\\u{3164}\\u{115f}"},
	    {"separators", "\xe2\x80\xa8\xe2\x80\xa9", 6, 99,
		"\\u{2028}\\u{2029}"},
	    {"tags", "\xf3\xa0\x81\x81\xf3\xa0\x81\xbf", 8, 99,
		"\\u{e0041}\\u{e007f}"},
	    {"variation selectors", "\xef\xb8\x8f\xf3\xa0\x84\x80", 7, 99,
		"\\u{fe0f}\\u{e0100}"},
	    {"private, no characters",
		"\xee\x80\x80\xef\xbf\xbf\xef\xb7\x90\xf4\x8f\xbf\xbf", 13, 99,
		"\\u{e000}\\u{ffff}\\u{fdd0}\\u{10ffff}"},
	    {"Hebrew with its points, Arabic, Thai",
		"\xd7\xa9\xd6\xbc\xd6\xb8\xd7\x81 "
		"\xd9\x85\xd9\x8e \xe0\xb8\x81\xe0\xb8\xb3",
		20, 99,
		"\xd7\xa9\xd6\xbc\xd6\xb8\xd7\x81 "
		"\xd9\x85\xd9\x8e \xe0\xb8\x81\xe0\xb8\xb3"},
	    {"emoji, Chinese", "\xf0\x9f\x98\x80\xe4\xb8\xad", 7, 99,
		"\xf0\x9f\x98\x80\xe4\xb8\xad"},
	    {"a tower of marks",
		"a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81"
		"b\xcc\x81",
		16, 99,
		"a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\\u{301}\\u{301}"
		"b\xcc\x81"},
	    {"no half number", "a\xe2\x80\x8b\xe2\x80\x8b", 7, 12,
		"a\\u{200b}..."},
	    {"broken UTF-8", "\xc3(\xff", 3, 99, "\\xc3(\\xff"},
	    {"cut short", "\xe2\x82", 2, 99, "\\xe2\\x82"},
	    {"fits", "abcdef", 6, 6, "abcdef"},
	    {"one too long", "abcdefg", 7, 6, "abc..."},
	    {"escape fits", "\n\n", 2, 8, "\\x0a\\x0a"},
	    {"escape does not", "\n\n", 2, 7, "\\x0a..."},
	    {"no half escape", "a\nb", 3, 5, "a..."},
	    {"no half character", "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 9, 8,
		"\xe2\x82\xac..."},
	    {"only dots", "abcdef", 6, 3, "..."},
	    {"no room for them", "abcdef", 6, 2, ".."},
	    {"after an escape", "\nabcdefg", 8, 10, "\\x0aabc..."},
	    {"before an escape", "abcd\n", 5, 6, "abc..."},
	    {"just before one", "abcd\n", 5, 8, "abcd\\x0a"},
	    {"not even dots", "abcdef", 6, 2, ".."},
	    {"nothing", "abcdef", 6, 0, ""},
	    {"any length", "abc", 3, SIZE_MAX, "abc"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_STR(str_printable(a, cases[i].bytes, cases[i].len,
			      cases[i].most),
		    cases[i].shown, cases[i].name);
	arena_free(a);
}

static void
shows_every_byte_on_its_own(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char byte = (char)c, out[STR_SHOWN_MAX], want[5];
		struct str_view v = {&byte, 1, 0};
		size_t n = str_show(&v, out);
		bool plain = c >= 0x20 && c < 0x7f;

		snprintf(want, sizeof(want), plain ? "%c" : "\\x%02x", c);
		assert_int_equal(v.len, 0);
		assert_int_equal(n, strlen(want));
		assert_memory_equal(out, want, n);
	}
}

static void
puts_numbers(void **state)
{
	static const struct {
		uint64_t n;
		const char *text;
	} cases[] = {
	    {0, "0"},
	    {9, "9"},
	    {10, "10"},
	    {255, "255"},
	    {UINT64_MAX, "18446744073709551615"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[STR_DIGITS_MAX + 1];

		*str_put_decimal(text, cases[i].n) = '\0';
		CHECK_STR(text, cases[i].text, cases[i].text);
	}
}

/* Of each byte at each place, in memory that ends where the text does. */
static void
counts_what_is_plain(void **state)
{
	(void)state;
	for (size_t len = 0; len <= 20; len++)
		for (size_t at = 0; at < len; at++)
			for (int byte = 0; byte <= UCHAR_MAX; byte++) {
				bool plain = byte >= ' ' && byte <= '~';
				char *text = malloc(len);

				memset(text, at % 2 == 0 ? ' ' : '~', len);
				text[at] = (char)byte;
				assert_int_equal(str_plain_run(text, len),
				    plain ? len : at);
				free(text);
			}
	assert_int_equal(str_plain_run("", 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(grows_with_what_is_added),
	    cmocka_unit_test(puts_numbers),
	    cmocka_unit_test(counts_what_is_plain),
	    cmocka_unit_test(can_be_added_to_itself),
	    cmocka_unit_test(compares_without_regard_to_ascii_case),
	    cmocka_unit_test(lowers_ascii_only),
	    cmocka_unit_test(knows_well_formed_utf8),
	    cmocka_unit_test(reads_no_further_than_the_length),
	    cmocka_unit_test(makes_bytes_printable),
	    cmocka_unit_test(shows_every_byte_on_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
