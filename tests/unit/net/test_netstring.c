/* SPDX-License-Identifier: MIT */
#include "net/netstring.h"

#include "check.h"

#include <stdlib.h>

#define LEN_MAX 100

/* Read from a copy of just that size, so that a sanitizer sees a byte too
   many. */
static enum rc
read_copy(const char *bytes, size_t len, size_t *whole, char *text)
{
	char *copy = malloc(len > 0 ? len : 1);
	const char *found;
	size_t found_len;
	enum rc rc;

	memcpy(copy, bytes, len);
	rc =
	    netstring_read(copy, len, LEN_MAX, whole, &found, &found_len, NULL);
	if (rc == RC_OK) {
		memcpy(text, found, found_len);
		text[found_len] = '\0';
	}
	free(copy);
	return rc;
}

static void
reads_one_netstring(void **state)
{
	static const struct {
		const char *name, *bytes;
		enum rc rc;
		const char *text;
		size_t whole;
	} cases[] = {
	    {"a text", "5:hello,", RC_OK, "hello", 8},
	    {"the empty text", "0:,", RC_OK, "", 3},
	    {"another one behind it", "2:ab,3:cde,", RC_OK, "ab", 5},
	    {"a comma inside", "3:a,b,", RC_OK, "a,b", 6},
	    {"two digits", "10:0123456789,", RC_OK, "0123456789", 14},
	    {"nothing yet", "", RC_NONE, NULL, 0},
	    {"a digit", "1", RC_NONE, NULL, 0},
	    {"most itself", "100", RC_NONE, NULL, 0},
	    {"no text yet", "5:", RC_NONE, NULL, 0},
	    {"half a text", "5:hel", RC_NONE, NULL, 0},
	    {"no comma yet", "5:hello", RC_NONE, NULL, 0},
	    {"no comma", "5:hello!", RC_PERM, NULL, 0},
	    {"no comma after nothing", "0:!", RC_PERM, NULL, 0},
	    {"no length", ":hello,", RC_PERM, NULL, 0},
	    {"no length and no text", ":,", RC_PERM, NULL, 0},
	    {"no colon", "5hello,", RC_PERM, NULL, 0},
	    {"a leading zero", "05:hello,", RC_PERM, NULL, 0},
	    {"zeros only", "00:,", RC_PERM, NULL, 0},
	    {"a sign", "+5:hello,", RC_PERM, NULL, 0},
	    {"less than none", "-1:,", RC_PERM, NULL, 0},
	    {"a space", " 5:hello,", RC_PERM, NULL, 0},
	    {"a letter", "five", RC_PERM, NULL, 0},
	    {"one longer than most", "101", RC_PERM, NULL, 0},
	    {"12 digits", "1000000000000:", RC_PERM, NULL, 0},
	    {"2^64", "18446744073709551616:", RC_PERM, NULL, 0},
	    {"2^64 + 5", "18446744073709551621:hello,", RC_PERM, NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[LEN_MAX + 1];
		size_t whole = 0;
		enum rc rc = read_copy(cases[i].bytes, strlen(cases[i].bytes),
		    &whole, text);

		CHECK(rc == cases[i].rc, cases[i].name);
		CHECK(whole == cases[i].whole, cases[i].name);
		if (rc == RC_OK)
			CHECK_STR(text, cases[i].text, cases[i].name);
	}
}

static void
does_not_overflow_without_a_limit(void **state)
{
	static const char huge[] = "18446744073709551616:";
	static const char most[] = "18446744073709551615:abc";
	const char *text;
	size_t whole, len;

	(void)state;
	assert_int_equal(netstring_read(huge, sizeof(huge) - 1, SIZE_MAX,
			     &whole, &text, &len, NULL),
	    RC_PERM);
	assert_int_equal(netstring_read(most, sizeof(most) - 1, SIZE_MAX,
			     &whole, &text, &len, NULL),
	    RC_NONE);
}

static void
finds_every_beginning_incomplete(void **state)
{
	static const char bytes[] = "12:forward a\0bc,";

	(void)state;
	for (size_t len = 0; len < sizeof(bytes) - 1; len++) {
		char text[LEN_MAX + 1];
		size_t whole;

		assert_int_equal(read_copy(bytes, len, &whole, text), RC_NONE);
	}
}

static void
says_what_is_wrong(void **state)
{
	struct err err;
	const char *text;
	size_t whole, len;

	(void)state;
	netstring_read("101:", 4, LEN_MAX, &whole, &text, &len, &err);
	assert_string_equal(err.text, "a netstring is longer than 100 bytes");
}

static void
makes_what_it_reads(void **state)
{
	struct arena *a = arena_new();
	size_t len;

	(void)state;
	assert_string_equal(netstring_make(a, "OK ann@example.org", &len),
	    "18:OK ann@example.org,");
	assert_int_equal(len, 22);
	assert_string_equal(netstring_make(a, "", &len), "0:,");
	assert_int_equal(len, 3);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_one_netstring),
	    cmocka_unit_test(does_not_overflow_without_a_limit),
	    cmocka_unit_test(finds_every_beginning_incomplete),
	    cmocka_unit_test(says_what_is_wrong),
	    cmocka_unit_test(makes_what_it_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
