/* SPDX-License-Identifier: MIT */
#include "net/private/dns_cache.h"

#include "check.h"

#include <pthread.h>
#include <stdio.h>

#define ROOM ((size_t)1024 * 1024)

static const struct dns_record mx[] = {
    {.name = "mx1.test", .preference = 10},
    {.name = "mx2.test", .preference = 20},
};
static const struct dns_answer found = {
    .rc = RC_OK, .records = mx, .n = COUNT(mx), .ttl = 60};

static bool
get(struct dns_cache *cache, struct arena *a, const char *name,
    enum dns_type type, int64_t now, struct dns_answer *got)
{
	struct dns_key key;

	dns_key_make(&key, name, type);
	return dns_cache_get(cache, a, &key, now, got);
}

static void
put(struct dns_cache *cache, const char *name, enum dns_type type, int64_t now,
    const struct dns_answer *answer)
{
	struct dns_key key;

	dns_key_make(&key, name, type);
	dns_cache_put(cache, &key, now, answer);
}

static bool
knows(struct dns_cache *cache, const char *name, int64_t now)
{
	struct arena *a = arena_new();
	struct dns_answer got;
	bool known = get(cache, a, name, DNS_MX, now, &got);

	arena_free(a);
	return known;
}

static void
gives_back_what_was_put(void **state)
{
	struct dns_cache *cache = dns_cache_new(10, ROOM);
	struct arena *a = arena_new();
	struct dns_answer got;

	(void)state;
	assert_false(knows(cache, "example.test", 0));
	put(cache, "example.test", DNS_MX, 0, &found);
	assert_true(get(cache, a, "example.test", DNS_MX, 0, &got));
	dns_cache_free(cache);
	assert_int_equal(got.rc, RC_OK);
	assert_int_equal(got.n, 2);
	assert_string_equal(got.records[0].name, "mx1.test");
	assert_int_equal(got.records[1].preference, 20);
	arena_free(a);
}

static void
tells_types_apart_but_not_cases(void **state)
{
	struct dns_cache *cache = dns_cache_new(10, ROOM);
	struct arena *a = arena_new();
	struct dns_answer got;

	(void)state;
	put(cache, "Example.TEST", DNS_MX, 0, &found);
	assert_true(knows(cache, "eXample.test", 0));
	put(cache, "[@_`{.test", DNS_MX, 0, &found);
	assert_true(knows(cache, "[@_`{.test", 0));
	assert_false(knows(cache, "{@_`{.test", 0));
	assert_false(knows(cache, "[`_`{.test", 0));
	assert_false(knows(cache, "[@_@{.test", 0));
	assert_false(knows(cache, "example.tes", 0));
	assert_false(knows(cache, "example.testt", 0));
	assert_false(get(cache, a, "example.test", DNS_A, 0, &got));
	arena_free(a);
	dns_cache_free(cache);
}

static void
keeps_an_answer_for_its_ttl(void **state)
{
	struct dns_cache *cache = dns_cache_new(10, ROOM);

	(void)state;
	put(cache, "example.test", DNS_MX, 5000, &found);
	assert_true(knows(cache, "example.test", 64999));
	assert_false(knows(cache, "example.test", 65000));
	put(cache, "example.test", DNS_MX, 65000, &found);
	assert_true(knows(cache, "example.test", 65000));
	dns_cache_free(cache);
}

static void
does_not_keep_what_has_no_ttl(void **state)
{
	const struct dns_answer fleeting = {.rc = RC_NONE};
	struct dns_cache *cache = dns_cache_new(10, ROOM);

	(void)state;
	put(cache, "example.test", DNS_MX, 0, &fleeting);
	assert_false(knows(cache, "example.test", 0));
	dns_cache_free(cache);
}

static void
keeps_negative_answers_and_failures(void **state)
{
	static const struct dns_answer answers[] = {
	    {.rc = RC_NONE, .no_such_name = true, .ttl = 60},
	    {.rc = RC_NONE, .ttl = 60},
	    {.rc = RC_TEMP, .problem = "SERVFAIL from the resolver", .ttl = 5},
	};
	struct dns_cache *cache = dns_cache_new(10, ROOM);
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct dns_answer got;

		/* The same name each time: the newest answer counts. */
		put(cache, "example.test", DNS_A, 0, &answers[i]);
		assert_true(get(cache, a, "example.test", DNS_A, 0, &got));
		assert_int_equal(got.rc, answers[i].rc);
		assert_int_equal(got.no_such_name, answers[i].no_such_name);
		CHECK_STR(got.problem, answers[i].problem, "problem");
	}
	arena_free(a);
	dns_cache_free(cache);
}

/* Two fit into each half. */
static void
drops_what_was_used_longest_ago(void **state)
{
	struct dns_cache *cache = dns_cache_new(4, ROOM);

	(void)state;
	put(cache, "one.test", DNS_MX, 0, &found);
	put(cache, "two.test", DNS_MX, 0, &found);
	put(cache, "three.test", DNS_MX, 0, &found);
	assert_true(knows(cache, "one.test", 0));
	put(cache, "four.test", DNS_MX, 0, &found);
	assert_true(knows(cache, "one.test", 0));
	assert_false(knows(cache, "two.test", 0));
	assert_true(knows(cache, "three.test", 0));
	assert_true(knows(cache, "four.test", 0));
	dns_cache_free(cache);
}

/* An answer that is put anew takes no more room: the others stay. */
static void
keeps_one_answer_for_each_name(void **state)
{
	static const struct dns_record last = {
	    .name = "mx3.test", .preference = 30};
	static const struct dns_answer shorter = {
	    .rc = RC_OK, .records = &last, .n = 1, .ttl = 60};
	struct dns_cache *cache = dns_cache_new(8, ROOM);
	struct arena *a = arena_new();
	struct dns_answer got;

	(void)state;
	put(cache, "other.test", DNS_MX, 0, &found);
	for (int i = 0; i < 100; i++)
		put(cache, "same.test", DNS_MX, i, &found);
	assert_true(knows(cache, "other.test", 0));
	assert_true(knows(cache, "same.test", 60098));
	put(cache, "same.test", DNS_MX, 0, &shorter);
	assert_true(get(cache, a, "same.test", DNS_MX, 0, &got));
	assert_int_equal(got.n, 1);
	assert_string_equal(got.records[0].name, "mx3.test");
	arena_free(a);
	dns_cache_free(cache);
}

static void
keeps_what_is_used_all_the_time(void **state)
{
	struct dns_cache *cache = dns_cache_new(100, ROOM);
	char name[32];

	(void)state;
	put(cache, "hot.test", DNS_MX, 0, &found);
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "%d.test", i);
		put(cache, name, DNS_MX, 0, &found);
		assert_true(knows(cache, "HOT.test", 59999));
	}
	assert_false(knows(cache, "hot.test", 60000));
	dns_cache_free(cache);
}

/* Puts 5000 different answers and counts those that are still there. */
static size_t
fill(struct dns_cache *cache, const struct dns_answer *answer)
{
	char name[32];
	size_t n = 0;

	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "%d.test", i);
		put(cache, name, DNS_MX, 0, answer);
	}
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "%d.test", i);
		n += knows(cache, name, 0);
	}
	return n;
}

static void
never_holds_more_answers_than_it_may(void **state)
{
	static const size_t most[] = {2, 10, 257, 1000, 3000};

	(void)state;
	for (size_t i = 0; i < COUNT(most); i++) {
		struct dns_cache *cache = dns_cache_new(most[i], ROOM);
		size_t n = fill(cache, &found);

		assert_true(n <= most[i]);
		assert_true(n >= most[i] / 2);
		dns_cache_free(cache);
	}
}

static void
never_holds_more_bytes_than_it_may(void **state)
{
	static const char long_text[1001];
	static const struct dns_record text = {
	    .text = long_text, .text_len = 1000};
	static const struct dns_answer large = {
	    .rc = RC_OK, .records = &text, .n = 1, .ttl = 60};
	struct dns_cache *cache = dns_cache_new(10000, 500 * 1000);
	size_t n = fill(cache, &large);

	(void)state;
	assert_in_range(n, 100, 500);
	dns_cache_free(cache);
}

static void
does_not_make_room_for_what_can_never_fit(void **state)
{
	static const char long_text[5001];
	static const struct dns_record text = {
	    .text = long_text, .text_len = 5000};
	static const struct dns_answer huge = {
	    .rc = RC_OK, .records = &text, .n = 1, .ttl = 60};
	struct dns_cache *cache = dns_cache_new(10, 8000);

	(void)state;
	put(cache, "small.test", DNS_MX, 0, &found);
	put(cache, "huge.test", DNS_MX, 0, &huge);
	assert_true(knows(cache, "small.test", 0));
	assert_false(knows(cache, "huge.test", 0));
	dns_cache_free(cache);
}

/* In the answer to "N.test", every preference is N. */
static void *
use_the_cache(void *context)
{
	struct dns_cache *cache = context;
	struct arena *a = arena_new();
	size_t wrong = 0;

	for (unsigned i = 0; i < 4000; i++) {
		unsigned number = i * 7 % 500;
		struct dns_record records[] = {
		    {.name = "mx1.test", .preference = number},
		    {.name = "mx2.test", .preference = number},
		};
		struct dns_answer answer = {.rc = RC_OK,
		    .records = records,
		    .n = COUNT(records),
		    .ttl = 1 + i % 3};
		int64_t now = i;
		char name[32];
		struct dns_answer got;

		snprintf(name, sizeof(name), "%u.test", number);
		if (!get(cache, a, name, DNS_MX, now, &got)) {
			put(cache, name, DNS_MX, now, &answer);
			continue;
		}
		for (size_t k = 0; k < got.n; k++)
			wrong += got.records[k].preference != number;
		arena_reset(a);
	}
	arena_free(a);
	return (void *)wrong;
}

static void
serves_eight_threads(void **state)
{
	struct dns_cache *cache = dns_cache_new(300, ROOM);
	pthread_t threads[8];

	(void)state;
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_create(&threads[i], NULL, use_the_cache, cache);
	for (size_t i = 0; i < COUNT(threads); i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	dns_cache_free(cache);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gives_back_what_was_put),
	    cmocka_unit_test(tells_types_apart_but_not_cases),
	    cmocka_unit_test(keeps_an_answer_for_its_ttl),
	    cmocka_unit_test(does_not_keep_what_has_no_ttl),
	    cmocka_unit_test(keeps_negative_answers_and_failures),
	    cmocka_unit_test(drops_what_was_used_longest_ago),
	    cmocka_unit_test(keeps_one_answer_for_each_name),
	    cmocka_unit_test(keeps_what_is_used_all_the_time),
	    cmocka_unit_test(never_holds_more_answers_than_it_may),
	    cmocka_unit_test(never_holds_more_bytes_than_it_may),
	    cmocka_unit_test(does_not_make_room_for_what_can_never_fit),
	    cmocka_unit_test(serves_eight_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
