/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/arena.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

static bool
is_zero(const char *bytes, size_t len)
{
	while (len > 0 && bytes[len - 1] == 0)
		len--;
	return len == 0;
}

static void
gives_zeroed_aligned_memory_of_any_size(void **state)
{
	static const size_t sizes[] = {
	    0, 1, 7, 16, 17, 8191, 8192, 8193, 1 << 20, 3};
	struct arena *a = arena_new();

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < COUNT(sizes); i++) {
			char *p = arena_take(a, sizes[i]);

			CHECK((uintptr_t)p % _Alignof(max_align_t) == 0,
			    "alignment");
			CHECK(is_zero(p, sizes[i]), "zero");
			memset(p, 0x5a, sizes[i]);
		}
		arena_reset(a);
	}
	arena_free(a);
}

static void
keeps_what_was_taken_when_it_grows(void **state)
{
	struct arena *a = arena_new();
	char *texts[2000];

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		texts[i] = arena_printf(a, "text %zu", i);
	for (size_t i = 0; i < COUNT(texts); i++) {
		char want[32];

		snprintf(want, sizeof(want), "text %zu", i);
		assert_string_equal(texts[i], want);
	}
	arena_free(a);
}

static void
allocates_nothing_for_the_next_small_request(void **state)
{
	struct arena *a = arena_new();
	const char *first = arena_take(a, 100);

	(void)state;
	arena_take(a, 100000);
	arena_reset(a);
	assert_ptr_equal(arena_take(a, 100), first);
	arena_free(a);
}

static void
copies_texts_and_bytes(void **state)
{
	struct arena *a = arena_new();
	char text[] = "ann";
	const char *copy = arena_copy_text(a, text);

	(void)state;
	text[0] = 'X';
	assert_string_equal(copy, "ann");
	assert_null(arena_copy_text(a, NULL));
	assert_memory_equal(arena_copy_bytes(a, "a\0b", 3), "a\0b", 4);
	assert_string_equal(arena_copy_bytes(a, NULL, 0), "");
	arena_free(a);
}

static void
prints_texts_longer_than_a_block(void **state)
{
	struct arena *a = arena_new();
	const char *text = arena_printf(a, "%20000d|%s", 1, "end");

	(void)state;
	assert_int_equal(strlen(text), 20004);
	assert_string_equal(text + 19999, "1|end");
	arena_free(a);
}

/* Joining has a way of its own; both must print the same. */
static void
prints_as_printf_does(void **state)
{
	struct arena *a = arena_new();
	char *longer = arena_take(a, 20001);
	const char *volatile nothing = NULL; /* unknown to gcc */

	(void)state;
	memset(longer, 'x', 20000);
	assert_string_equal(arena_printf(a, "%s", ""), "");
	assert_string_equal(arena_printf(a, "no text"), "no text");
	assert_string_equal(arena_printf(a, "%s.%s|", "a", "b"), "a.b|");
	assert_string_equal(arena_printf(a, "|%s%s", "a", "b"), "|ab");
	assert_string_equal(arena_printf(a, "%s%%", "a"), "a%");
	assert_string_equal(arena_printf(a, "%.1s|%3s", "abc", "d"), "a|  d");
	assert_string_equal(arena_printf(a, "%s %d", "a", -1), "a -1");
	assert_string_equal(arena_printf(a, "%u|%zu|%d|%lld", UINT_MAX,
				SIZE_MAX, INT_MIN, LLONG_MIN),
	    "4294967295|18446744073709551615|-2147483648|"
	    "-9223372036854775808");
	assert_string_equal(arena_printf(a, "%u|%d|%lld|", 0u, 0, 7LL),
	    "0|0|7|");
	assert_string_equal(arena_printf(a, "%s %zx %lu%c", "a", (size_t)31,
				5ul, '!'),
	    "a 1f 5!");
	assert_string_equal(arena_printf(a, "<%s>", nothing), "<(null)>");
	assert_int_equal(strlen(arena_printf(a, "%s<%s>", longer, longer)),
	    40002);
	arena_free(a);
}

static void
joins_texts(void **state)
{
	static char long_text[20000];
	struct arena *a = arena_new();

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	assert_string_equal(arena_concat(a, ""), "");
	assert_string_equal(arena_concat(a, "one"), "one");
	assert_string_equal(arena_concat(a, "a", "", "bc", "%s", "d"),
	    "abc%sd");
	assert_string_equal(arena_join(a, NULL, 0), "");
	assert_int_equal(strlen(arena_concat(a, long_text, "-", long_text)),
	    39999);
	arena_free(a);
}

static void
grows_from_a_small_block(void **state)
{
	struct arena *a = arena_new_small();

	(void)state;
	for (int round = 0; round < 3; round++) {
		char *first = arena_copy_text(a, "first");

		for (size_t size = 1; size < 100000; size *= 3)
			assert_true(is_zero(arena_take(a, size), size));
		assert_string_equal(first, "first");
		arena_reset(a);
	}
	arena_free(a);
}

static void
frees_nothing_when_there_is_nothing(void **state)
{
	(void)state;
	arena_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gives_zeroed_aligned_memory_of_any_size),
	    cmocka_unit_test(keeps_what_was_taken_when_it_grows),
	    cmocka_unit_test(allocates_nothing_for_the_next_small_request),
	    cmocka_unit_test(copies_texts_and_bytes),
	    cmocka_unit_test(prints_texts_longer_than_a_block),
	    cmocka_unit_test(prints_as_printf_does),
	    cmocka_unit_test(joins_texts),
	    cmocka_unit_test(grows_from_a_small_block),
	    cmocka_unit_test(frees_nothing_when_there_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
