/* SPDX-License-Identifier: MIT */
#include "policy/list_health.h"

#include "base/clock.h"
#include "check.h"

#include <pthread.h>

#define THREADS 8
#define TIMES   200

#define MINUTE ((int64_t)60 * 1000)

static int
set_up(void **state)
{
	(void)state;
	clock_set(1000000, 5000000);
	return 0;
}

static void
what_a_request_finds_suspends_for_a_while_and_is_news_once(void **state)
{
	struct list_health h = {0};
	int64_t now = clock_ms();

	(void)state;
	assert_false(list_health_suspended(&h, now));
	assert_true(list_health_change(&h, LIST_BY_REQUEST, LIST_OUTSIDE, now));
	assert_int_equal(h.fault, LIST_OUTSIDE);
	assert_int_equal(h.since, 1000000);
	assert_true(list_health_suspended(&h, now));
	/* Asked before, answered now. */
	assert_false(list_health_change(&h, LIST_BY_REQUEST, LIST_TOO_MANY,
	    now + 1));
	assert_int_equal(h.fault, LIST_OUTSIDE);
	now += LIST_HEALTH_SUSPENSION_MS;
	assert_true(list_health_suspended(&h, now - 1));
	assert_false(list_health_suspended(&h, now));
	assert_true(list_health_change(&h, LIST_BY_REQUEST, LIST_OUTSIDE, now));
}

static void
what_a_test_finds_lasts_until_another_finds_otherwise(void **state)
{
	struct list_health h = {0};
	int64_t now = clock_ms();

	(void)state;
	assert_false(list_health_change(&h, LIST_BY_TEST, LIST_WELL,
	    clock_ms()));
	assert_true(list_health_change(&h, LIST_BY_TEST, LIST_WORLD, now));
	for (int i = 0; i < 10; i++) {
		now += LIST_HEALTH_RETRY_MS;
		assert_true(list_health_suspended(&h, now));
		assert_false(list_health_change(&h, LIST_BY_TEST, LIST_WORLD,
		    now));
	}
	/* Nobody has tested for a while. */
	now += LIST_HEALTH_SUSPENSION_MS;
	assert_false(list_health_suspended(&h, now));
	assert_true(list_health_change(&h, LIST_BY_TEST, LIST_WORLD, now));
	assert_true(list_health_change(&h, LIST_BY_TEST, LIST_REFUSES, now));
	assert_true(list_health_change(&h, LIST_BY_TEST, LIST_WELL,
	    clock_ms()));
	assert_false(list_health_suspended(&h, now));
	assert_false(list_health_change(&h, LIST_BY_TEST, LIST_WELL,
	    clock_ms()));
	assert_int_equal(h.fault, LIST_WELL);
}

static void
what_is_harmless_suspends_nothing(void **state)
{
	struct list_health h = {0};
	int64_t now = clock_ms();

	(void)state;
	assert_true(list_health_change(&h, LIST_BY_TEST, LIST_EMPTY, now));
	assert_false(list_health_suspended(&h, now));
	assert_false(list_health_change(&h, LIST_BY_TEST, LIST_EMPTY, now));
	assert_true(list_health_change(&h, LIST_BY_TEST, LIST_WORLD, now));
	assert_true(list_health_suspended(&h, now));
	/* Better than it was. */
	assert_true(list_health_change(&h, LIST_BY_TEST, LIST_NO_ZONE, now));
	assert_false(list_health_suspended(&h, now));
	assert_true(list_health_change(&h, LIST_BY_TEST, LIST_WELL,
	    clock_ms()));
	assert_int_equal(h.fault, LIST_WELL);
}

static void
some_silences_in_a_row_are_too_many(void **state)
{
	struct list_health h = {0};

	(void)state;
	for (int i = 1; i < LIST_HEALTH_SILENCES; i++)
		assert_false(list_health_silent(&h));
	list_health_answered(&h);
	for (int i = 1; i < LIST_HEALTH_SILENCES; i++)
		assert_false(list_health_silent(&h));
	assert_true(list_health_silent(&h));
	/* A test that finds it well begins anew. */
	list_health_change(&h, LIST_BY_TEST, LIST_WELL, clock_ms());
	assert_false(list_health_silent(&h));
}

static void
sick_lists_are_tested_more_often(void **state)
{
	static const struct {
		enum list_fault fault;
		unsigned chance;
		int64_t due; /* after the last test */
	} cases[] = {
	    {LIST_WELL, 0, 54 * MINUTE},
	    {LIST_WELL, 12 * MINUTE - 1, 66 * MINUTE - 1},
	    {LIST_WELL, 12 * MINUTE, 54 * MINUTE},
	    {LIST_WORLD, 0, 9 * MINUTE},
	    {LIST_SILENT, 0, 54 * 1000},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct list_health h = {0};
		const char *name = list_fault_texts[cases[i].fault].word;
		int64_t now = clock_ms();

		CHECK(list_health_due(&h, now), name);
		if (cases[i].fault != LIST_WELL)
			list_health_change(&h, LIST_BY_TEST, cases[i].fault,
			    now);
		list_health_tested(&h, now, cases[i].chance);
		CHECK(!list_health_due(&h, now + cases[i].due - 1), name);
		CHECK(list_health_due(&h, now + cases[i].due), name);
		CHECK(h.tested == 1000000, name);
	}
}

static void
what_a_request_finds_has_the_test_sooner(void **state)
{
	struct list_health h = {0};
	int64_t now = clock_ms();

	(void)state;
	list_health_tested(&h, now, 0);
	list_health_change(&h, LIST_BY_REQUEST, LIST_SILENT, now);
	assert_false(list_health_due(&h, now + LIST_HEALTH_SILENT_MS - 1));
	assert_true(list_health_due(&h, now + LIST_HEALTH_SILENT_MS));
}

static void
every_fault_has_its_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < LIST_FAULTS; i++) {
		assert_non_null(list_fault_texts[i].word);
		assert_non_null(list_fault_texts[i].cause);
		assert_non_null(list_fault_texts[i].fix);
	}
}

static void
is_kept_by_zone_and_kind_as_long_as_anybody_has_it(void **state)
{
	struct list_healths *all = list_healths_new();
	struct list_health *first =
	    list_healths_take(all, "bl.test", true, NULL);
	struct list_health *names =
	    list_healths_take(all, "bl.test", false, NULL);
	struct list_health *other =
	    list_healths_take(all, "x.test", true, NULL);

	(void)state;
	assert_ptr_not_equal(first, names);
	assert_ptr_not_equal(first, other);
	/* Whom else we ask may know better. */
	assert_ptr_not_equal(first,
	    list_healths_take(all, "bl.test", true, "192.0.2.1"));
	list_health_change(first, LIST_BY_TEST, LIST_WORLD, clock_ms());
	/* A reload: the new one is there before the old one goes. */
	assert_ptr_equal(list_healths_take(all, "bl.test", true, NULL), first);
	list_healths_give(all, first);
	assert_true(list_health_suspended(first, clock_ms()));
	list_healths_give(all, first);
	first = list_healths_take(all, "bl.test", true, NULL);
	assert_false(list_health_suspended(first, clock_ms()));
	list_healths_give(all, names);
	list_healths_free(all);
	list_healths_free(NULL);
}

struct crowd {
	struct list_health health;
	pthread_barrier_t start;
	atomic_uint news;
};

static void *
find_it_ill(void *arg)
{
	struct crowd *c = arg;

	for (int i = 0; i < TIMES; i++) {
		pthread_barrier_wait(&c->start);
		if (list_health_change(&c->health, LIST_BY_REQUEST, LIST_WORLD,
			clock_ms()))
			atomic_fetch_add(&c->news, 1);
		list_health_silent(&c->health);
		pthread_barrier_wait(&c->start);
		list_health_change(&c->health, LIST_BY_TEST, LIST_WELL,
		    clock_ms());
	}
	return NULL;
}

static void
one_thread_of_many_has_the_news(void **state)
{
	struct crowd c = {0};
	pthread_t threads[THREADS];

	(void)state;
	pthread_barrier_init(&c.start, NULL, THREADS);
	for (size_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, find_it_ill, &c);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&c.start);
	assert_int_equal(c.news, TIMES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		what_a_request_finds_suspends_for_a_while_and_is_news_once),
	    cmocka_unit_test(
		what_a_test_finds_lasts_until_another_finds_otherwise),
	    cmocka_unit_test(what_is_harmless_suspends_nothing),
	    cmocka_unit_test(some_silences_in_a_row_are_too_many),
	    cmocka_unit_test(sick_lists_are_tested_more_often),
	    cmocka_unit_test(what_a_request_finds_has_the_test_sooner),
	    cmocka_unit_test(every_fault_has_its_words),
	    cmocka_unit_test(
		is_kept_by_zone_and_kind_as_long_as_anybody_has_it),
	    cmocka_unit_test(one_thread_of_many_has_the_news),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
