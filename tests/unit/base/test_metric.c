/* SPDX-License-Identifier: MIT */
#include "base/metric.h"

#include "check.h"

#include <pthread.h>

#define THREADS 20
#define TIMES   1000

static const char *const labels[] = {"of=\"a\"", "of=\"b\""};
static struct metric_cell cells[2];
static struct metric_family family = {
    .name = "test_total",
    .help = "What is tested.",
    .n = 2,
    .labels = labels,
    .cells = cells,
};

static void *
count(void *arg)
{
	(void)arg;
	for (int i = 0; i < TIMES; i++)
		metric_add(&family, 1, 2);
	return NULL;
}

static void
counts_of_threads_add_up(void **state)
{
	int64_t before = metric_value(&family, 1);
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count, NULL),
		    0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(metric_value(&family, 1) - before,
	    2 * THREADS * TIMES);
	assert_int_equal(metric_value(&family, 0), 0);
}

static void *
take_one(void *arg)
{
	metric_add(arg, 0, -1);
	return NULL;
}

static void
a_gauge_goes_down_in_another_thread(void **state)
{
	static struct metric_cell cell[1];
	static struct metric_family gauge = {
	    .name = "test",
	    .help = "Up and down.",
	    .type = METRIC_GAUGE,
	    .n = 1,
	    .cells = cell,
	};
	struct arena *a = arena_new();
	pthread_t thread;
	struct str page;

	(void)state;
	metric_add(&gauge, 0, 1);
	assert_int_equal(pthread_create(&thread, NULL, take_one, &gauge), 0);
	pthread_join(thread, NULL);
	str_init(&page, a);
	metric_show(&page, &gauge);
	assert_string_equal(page.text,
	    "# HELP test Up and down.\n# TYPE test gauge\ntest 0\n");
	arena_free(a);
}

static void
is_shown_as_prometheus_reads_it(void **state)
{
	static struct metric_times times = {
	    .name = "test_seconds",
	    .help = "How long.",
	};
	struct arena *a = arena_new();
	struct str page;

	(void)state;
	str_init(&page, a);
	metric_time(&times, 100);
	metric_time(&times, 101);
	metric_time(&times, 20 * 1000 * 1000);
	metric_show_times(&page, &times);
	assert_non_null(strstr(page.text,
	    "# TYPE test_seconds histogram\n"
	    "test_seconds_bucket{le=\"0.0001\"} 1\n"
	    "test_seconds_bucket{le=\"0.00025\"} 2\n"));
	assert_non_null(strstr(page.text,
	    "test_seconds_bucket{le=\"10\"} 2\n"
	    "test_seconds_bucket{le=\"+Inf\"} 3\n"
	    "test_seconds_sum 20.000201\ntest_seconds_count 3\n"));
	arena_free(a);
}

static void
no_value_breaks_out_of_its_label(void **state)
{
	struct arena *a = arena_new();
	struct str page;

	(void)state;
	str_init(&page, a);
	metric_show_gauge(&page, "up", "list", "a\"b\\c\nd", 1);
	metric_show_gauge(&page, "up", NULL, NULL, -7);
	assert_string_equal(page.text,
	    "up{list=\"a\\\"b\\\\c\\nd\"} 1\nup -7\n");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(counts_of_threads_add_up),
	    cmocka_unit_test(a_gauge_goes_down_in_another_thread),
	    cmocka_unit_test(is_shown_as_prometheus_reads_it),
	    cmocka_unit_test(no_value_breaks_out_of_its_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
