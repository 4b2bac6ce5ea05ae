/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/private/config_value.h"

#define SECOND 1000
#define DAY    ((int64_t)24 * 3600 * SECOND)

static void
reads_lengths_of_time(void **state)
{
	static const struct config_key key = {
	    "", "age", CONFIG_DURATION, .high = INT64_MAX};
	static const struct {
		const char *text;
		int64_t ms; /* -1: refused */
	} cases[] = {
	    {"0", 0},
	    {"0s", 0},
	    {"500ms", 500},
	    {"5s", 5 * SECOND},
	    {"10m", 600 * SECOND},
	    {"2h", 7200 * SECOND},
	    {"21d", 21 * DAY},
	    {"106751991167d", 106751991167 * DAY},
	    {"106751991168d", -1},
	    {"9223372036854775807ms", INT64_MAX},
	    {"9223372036854775807s", -1},
	    {"9223372036854775808ms", -1},
	    {"99999999999999999999ms", -1},
	    {"5", -1},
	    {"-5s", -1},
	    {"5 s", -1},
	    {"5S", -1},
	    {"5w", -1},
	    {"5sm", -1},
	    {"1.5s", -1},
	    {"s", -1},
	    {"", -1},
	    {"+5s", -1},
	};

	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config_value v = {0};
		const char *wrong =
		    config_value_read(a, &key, cases[i].text, &v);

		CHECK((wrong == NULL) == (cases[i].ms >= 0), cases[i].text);
		CHECK(wrong != NULL || v.number == cases[i].ms, cases[i].text);
	}
	arena_free(a);
}

static void
reads_absolute_paths(void **state)
{
	static const struct {
		const char *text, *wrong;
		enum config_type type;
	} cases[] = {
	    {"/etc/x", NULL, CONFIG_FILE},
	    {"", NULL, CONFIG_FILE},
	    {"etc/x", "expected \"/path/to/file\"", CONFIG_FILE},
	    {"./x", "expected \"/path/to/file\"", CONFIG_FILE},
	    {"/etc", NULL, CONFIG_FOLDER},
	    {"", NULL, CONFIG_FOLDER},
	    {"etc", "expected \"/path/to/folder\"", CONFIG_FOLDER},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct config_key key = {
		    "", "x", cases[i].type, .def = ""};
		struct config_value v = {0};

		CHECK_STR(config_value_read(a, &key, cases[i].text, &v),
		    cases[i].wrong, cases[i].text);
		CHECK_STR(cases[i].wrong == NULL ? v.text : NULL,
		    cases[i].wrong == NULL ? cases[i].text : NULL,
		    cases[i].text);
	}
	arena_free(a);
}

static void
reads_whole_numbers_in_their_range(void **state)
{
	static const struct config_key key = {
	    "", "points", CONFIG_NUMBER, .low = -1000, .high = 1000};
	static const struct {
		const char *text;
		bool ok;
		int64_t number;
	} cases[] = {
	    {"-1000", true, -1000},
	    {"1000", true, 1000},
	    {"010", true, 10},
	    {"-0", true, 0},
	    {"-1001", false, 0},
	    {"1001", false, 0},
	    {"18446744073709551617", false, 0},
	    {"0x10", false, 0},
	    {"1e2", false, 0},
	    {"--1", false, 0},
	    {"+1", false, 0},
	    {" 1", false, 0},
	    {"1 ", false, 0},
	    {"-", false, 0},
	    {"", false, 0},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config_value v = {0};
		const char *wrong =
		    config_value_read(a, &key, cases[i].text, &v);

		CHECK_STR(wrong,
		    cases[i].ok ? NULL
				: "expected a whole number from -1000 to 1000",
		    cases[i].text);
		CHECK(wrong != NULL || v.number == cases[i].number,
		    cases[i].text);
	}
	arena_free(a);
}

static void
reads_yes_and_no_in_all_words(void **state)
{
	static const struct config_key key = {
	    "", "home-forwards", CONFIG_YES_NO, .def = "no"};
	static const struct {
		const char *word, *wrong;
		int64_t yes;
	} cases[] = {
	    {"yes", NULL, 1},
	    {"on", NULL, 1},
	    {"true", NULL, 1},
	    {"no", NULL, 0},
	    {"off", NULL, 0},
	    {"false", NULL, 0},
	    {"Yes", NULL, 1},
	    {"1", "expected yes or no", 0},
	    {"", "expected yes or no", 0},
	    {"yess", "expected yes or no", 0},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config_value v = {0};

		CHECK_STR(config_value_read(a, &key, cases[i].word, &v),
		    cases[i].wrong, cases[i].word);
		CHECK(v.number == cases[i].yes, cases[i].word);
	}
	arena_free(a);
}

static void
says_a_range_of_time_in_words(void **state)
{
	static const struct {
		int64_t low, high;
		const char *wrong;
	} cases[] = {
	    {0, 1500, "expected a length of time from 0 to 1500ms"},
	    {1, 90 * SECOND, "expected a length of time from 1ms to 90s"},
	    {60 * SECOND, 36 * 3600 * SECOND,
		"expected a length of time from 1m to 36h"},
	    {SECOND, 21 * DAY, "expected a length of time from 1s to 21d"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config_key key = {"", "age", CONFIG_DURATION,
		    .low = cases[i].low, .high = cases[i].high};
		struct config_value v = {0};

		CHECK_STR(config_value_read(a, &key, "30d", &v), cases[i].wrong,
		    "30d");
	}
	arena_free(a);
}

static const char *
wrong_if_odd(struct arena *a, const char *value)
{
	return strlen(value) % 2 == 0
		   ? NULL
		   : arena_printf(a, "expected an even length");
}

static void
asks_the_key_about_each_item(void **state)
{
	static const struct config_key key = {
	    "", "x", CONFIG_LIST, .wrong = wrong_if_odd};
	struct arena *a = arena_new();
	struct config_value v = {0};

	(void)state;
	assert_null(config_value_read(a, &key, "ab", &v));
	assert_string_equal(config_value_read(a, &key, "abc", &v),
	    "expected an even length");
	assert_null(config_value_read(a, &key, "", &v));
	assert_int_equal(v.n, 2);
	assert_string_equal(v.items[0], "ab");
	assert_string_equal(v.items[1], "");
	arena_free(a);
}

static void
makes_defaults_without_asking(void **state)
{
	static const struct config_key list = {
	    "", "x", CONFIG_LIST, "a,bcd,,e f", .wrong = wrong_if_odd};
	static const struct config_key text = {
	    "", "x", CONFIG_TEXT, "a", .wrong = wrong_if_odd};
	static const struct config_key none = {
	    "", "x", CONFIG_NUMBER, .low = 5, .high = 6};
	struct arena *a = arena_new();
	struct config_value v = config_value_default(a, &list);

	(void)state;
	assert_int_equal(v.n, 3);
	assert_string_equal(v.items[1], "bcd");
	assert_string_equal(v.items[2], "e f");
	assert_string_equal(config_value_default(a, &text).text, "a");
	assert_int_equal(config_value_default(a, &none).number, 0);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_lengths_of_time),
	    cmocka_unit_test(reads_absolute_paths),
	    cmocka_unit_test(reads_whole_numbers_in_their_range),
	    cmocka_unit_test(reads_yes_and_no_in_all_words),
	    cmocka_unit_test(says_a_range_of_time_in_words),
	    cmocka_unit_test(asks_the_key_about_each_item),
	    cmocka_unit_test(makes_defaults_without_asking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
