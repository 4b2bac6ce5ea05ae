/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/pairs.h"

static void
writes_what_can_be_seen_and_reads_it_back(void **state)
{
	static const struct {
		const char *value, *line;
	} rows[] = {
	    {"plain", "k=plain"},
	    {"<ann@remotes.club>", "k=<ann@remotes.club>"},
	    {"", "k=\"\""},
	    {"a b", "k=\"a b\""},
	    {"a=b", "k=\"a=b\""},
	    {"a\"b", "k=\"a\\\"b\""},
	    {"a\\b", "k=\"a\\\\b\""},
	    {"a\nb\x01", "k=\"a\\x0ab\\x01\""},
	    {"a\xff\xc3\x28", "k=\"a\\xff\\xc3(\""},
	    {"J\xc3\xb6rg", "k=\"J\xc3\xb6rg\""},
	    {"a\xe2\x80\xae"
	     "b",
		"k=\"a\\u{202e}b\""},
	    {"\xf4\x8f\xbf\xbf", "k=\"\\u{10ffff}\""},
	    {"\\x41", "k=\"\\\\x41\""},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pair pair;
		struct str line;
		const char *at;

		str_init(&line, a);
		pairs_add(&line, "k", rows[i].value);
		pairs_add(&line, "none", NULL);
		CHECK_STR(line.text, rows[i].line, rows[i].line);
		pairs_add(&line, "next", "x");
		at = line.text;
		CHECK(pairs_next(a, &at, &pair, NULL) == RC_OK, rows[i].line);
		CHECK_STR(pair.key, "k", rows[i].line);
		CHECK_STR(pair.value, rows[i].value, rows[i].line);
		CHECK(pairs_next(a, &at, &pair, NULL) == RC_OK, rows[i].line);
		CHECK_STR(pair.key, "next", rows[i].line);
		CHECK(pairs_next(a, &at, &pair, NULL) == RC_NONE, rows[i].line);
	}
	arena_free(a);
}

static void
a_key_may_have_a_prefix(void **state)
{
	struct arena *a = arena_new();
	struct str line;

	(void)state;
	str_init(&line, a);
	pairs_add_under(&line, "would-", "action", "defer");
	pairs_add_under(&line, "would-", "none", NULL);
	pairs_add_under(&line, "", "why", "no such name");
	CHECK_STR(line.text, "would-action=defer why=\"no such name\"", "");
	arena_free(a);
}

static void
says_what_is_no_pair(void **state)
{
	static const char *const lines[] = {"word", "=x", "k", "k=\"", "k=\"a",
	    "k=\"a\"b", "k=\"\\q\"", "k=\"\\x4\"", "k=\"\\xzz\"", "k=\"\\x00\"",
	    "k=\"\\u{}\"", "k=\"\\u{110000}\"", "k=\"\\u{0}\"", "k=\"\\u{41\"",
	    "k=\"\\", "a b=c", "\xc3\xa4=x"};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		const char *at = lines[i];
		struct pair pair;
		struct err err;

		CHECK(pairs_next(a, &at, &pair, &err) == RC_PERM, lines[i]);
		CHECK(err.text[0] != '\0', lines[i]);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_what_can_be_seen_and_reads_it_back),
	    cmocka_unit_test(a_key_may_have_a_prefix),
	    cmocka_unit_test(says_what_is_no_pair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
