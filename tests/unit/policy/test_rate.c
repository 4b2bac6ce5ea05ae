/* SPDX-License-Identifier: MIT */
#include "policy/rate.h"

#include "base/clock.h"
#include "check.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NOW    ((int64_t)1800000000)
#define NOW_MS (NOW * 1000)
#define HOUR   ((int64_t)3600 * 1000)
#define HOSTS  3

static const struct rate_limit small = {10, HOUR}, large = {500, HOUR};

static void
limits_are_read(void **state)
{
	static const struct {
		const char *text;
		bool good;
		int64_t most, span_ms;
	} rows[] = {
	    {"", true, 0, 0},
	    {"200 in 1h", true, 200, HOUR},
	    {"1 in 1s", true, 1, 1000},
	    {"1000000 in 30d", true, 1000000, 720 * HOUR},
	    {"1000001 in 1h", false, 0, 0},
	    {"5 in 31d", false, 0, 0},
	    {"5 in 99999999999999999999d", false, 0, 0},
	    {"0 in 1h", false, 0, 0},
	    {"-1 in 1h", false, 0, 0},
	    {"5 in", false, 0, 0},
	    {"5 in 1", false, 0, 0},
	    {"5 an 1h", false, 0, 0},
	    {"many", false, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rate_limit limit;

		CHECK(rate_limit_read(rows[i].text, &limit) == rows[i].good,
		    rows[i].text);
		CHECK(!rows[i].good || (limit.most == rows[i].most &&
					   limit.span_ms == rows[i].span_ms),
		    rows[i].text);
	}
}

static void
a_bucket_fills_evenly_and_no_clock_empties_it(void **state)
{
	static const struct {
		const char *name;
		struct token_bucket bucket;
		int64_t level;
	} rows[] = {
	    {"just emptied", {0, NOW_MS}, 0},
	    {"a tenth of the span later", {0, NOW_MS - HOUR / 10}, 1000},
	    {"no more than full", {9500, NOW_MS - HOUR / 10}, 10000},
	    {"the span later", {0, NOW_MS - HOUR}, 10000},
	    {"years later", {0, 0}, 10000},
	    {"the other's clock is ahead", {500, NOW_MS + 60000}, 500},
	    {"it was far ahead", {0, NOW_MS + 120001}, 10000},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK(rate_level(&small, &rows[i].bucket, NOW_MS) ==
			  rows[i].level,
		    rows[i].name);
	CHECK(rate_level(&small, NULL, NOW_MS) == 10000, "there is none");
	assert_int_equal(rate_lot(&small), 1);
	assert_int_equal(rate_lot(&large), 10);
	assert_int_equal(rate_lot(&(struct rate_limit){1000000, HOUR}), 20);
}

struct club {
	char folder[32], path[64];
	struct store *store;
	struct rates *of[HOSTS];
};

static int
club_set_up(void **state)
{
	struct club *c = calloc(1, sizeof(*c));
	char url[80];
	int from, to;

	clock_set(NOW, 1000);
	strcpy(c->folder, "/tmp/rate.XXXXXX");
	assert_non_null(mkdtemp(c->folder));
	snprintf(c->path, sizeof(c->path), "%s/db", c->folder);
	snprintf(url, sizeof(url), "sqlite:%s", c->path);
	assert_int_equal(store_open(url, NULL, &c->store, NULL), RC_OK);
	assert_int_equal(store_migrate(c->store, &from, &to, NULL), RC_OK);
	for (size_t i = 0; i < HOSTS; i++)
		c->of[i] = rates_new();
	*state = c;
	return 0;
}

static int
club_tear_down(void **state)
{
	struct club *c = *state;
	char command[64];

	store_close(c->store);
	for (size_t i = 0; i < HOSTS; i++)
		rates_free(c->of[i]);
	snprintf(command, sizeof(command), "rm -r %s", c->folder);
	assert_int_equal(system(command), 0);
	free(c);
	return 0;
}

static struct rate_question
question(struct club *c, size_t host, const struct rate_limit *limit)
{
	return (struct rate_question){
	    .memory = c->of[host],
	    .store = c->store,
	    .limit = limit,
	    .kind = RATE_MEMBER,
	    .name = "ann@remotes.club",
	    .tokens = 1,
	    .deadline = INT64_MAX,
	};
}

static struct rate_told
take(struct club *c, size_t host, const struct rate_limit *limit)
{
	const struct rate_question q = question(c, host, limit);
	struct rate_told told;

	rate_take(&q, &told);
	return told;
}

/* How many pass at all hosts in turn, until none does at any. */
static int64_t
drain(struct club *c, const struct rate_limit *limit)
{
	int64_t n = 0, before = -1;

	while (n != before) {
		before = n;
		for (size_t i = 0; i < HOSTS; i++)
			n += take(c, i, limit).answer != RATE_OVER;
	}
	return n;
}

/* The bound that rate.h promises, and that nothing is lost beside it. */
static void
hosts_together_let_pass_what_one_should(void **state)
{
	const struct rate_limit *limit = &large;
	struct club *c = *state;
	int64_t n = drain(c, limit), slack = HOSTS * rate_lot(limit);
	struct rate_told told = take(c, 0, limit);

	assert_in_range(n, 500 - slack, 500);
	assert_int_equal(told.answer, RATE_OVER);
	assert_in_range(told.wait, 1, 8 * 10);
	clock_advance(HOUR / 2);
	n += drain(c, limit);
	assert_in_range(n, 750 - 2 * slack, 750 + slack);
	clock_advance(HOUR / 2);
	n += drain(c, limit);
	assert_in_range(n, 1000 - 2 * slack, 1000 + slack);
}

static void
clocks_lock_nobody_out(void **state)
{
	static const int64_t jumps[] = {
	    -60 * 1000, 60 * 1000, -20 * 24 * HOUR, 3650 * 24 * HOUR};

	for (size_t i = 0; i < COUNT(jumps); i++) {
		struct club *c;
		int64_t n;

		club_set_up(state);
		c = *state;
		n = drain(c, &small);
		assert_int_equal(n, 10);
		/* The clock of the store jumps; then the span goes by. */
		clock_set(NOW + jumps[i] / 1000, 1000 + HOUR + 1000);
		clock_advance(HOUR);
		n = drain(c, &small);
		assert_in_range(n, 9, 20);
		club_tear_down(state);
	}
	club_set_up(state);
}

static void
what_is_given_back_is_there_again(void **state)
{
	struct club *c = *state;
	const struct rate_question q = question(c, 0, &small);

	assert_int_equal(drain(c, &small), 10);
	rate_give_back(&q);
	assert_int_equal(take(c, 0, &small).answer, RATE_TAKEN);
	assert_int_equal(take(c, 0, &small).answer, RATE_OVER);
}

static void
looking_takes_nothing(void **state)
{
	struct club *c = *state;
	struct rate_question q = question(c, 0, &small);
	struct rate_told told;

	q.memory = NULL;
	for (int i = 0; i < 20; i++) {
		rate_take(&q, &told);
		assert_int_equal(told.answer, RATE_TAKEN);
	}
	assert_int_equal(drain(c, &small), 10);
	rate_take(&q, &told);
	assert_int_equal(told.answer, RATE_OVER);
}

static void
without_a_store_each_host_has_its_own(void **state)
{
	struct club *c = *state;
	char moved[80];
	struct rate_told told;

	snprintf(moved, sizeof(moved), "%s.away", c->path);
	assert_int_equal(rename(c->path, moved), 0);
	told = take(c, 0, &small);
	assert_int_equal(told.answer, RATE_ALONE);
	assert_true(told.error.text[0] != '\0');
	told = take(c, 0, &small);
	assert_true(told.error.text[0] == '\0');
	assert_int_equal(drain(c, &small), HOSTS * 10 - 2);
	assert_int_equal(rename(moved, c->path), 0);
	clock_advance(RATE_PAUSE_MS);
	assert_int_equal(take(c, 0, &small).answer, RATE_TAKEN);
}

struct taker {
	struct club *club;
	size_t host;
	int taken;
};

static void *
take_often(void *context)
{
	struct taker *k = context;

	for (int i = 0; i < 400; i++)
		k->taken += take(k->club, k->host, &large).answer != RATE_OVER;
	return NULL;
}

static void
threads_share_what_there_is(void **state)
{
	struct taker takers[4] = {0};
	pthread_t threads[4];
	int taken = 0;

	for (size_t i = 0; i < COUNT(takers); i++) {
		takers[i].club = *state;
		takers[i].host = i % 2;
		pthread_create(&threads[i], NULL, take_often, &takers[i]);
	}
	for (size_t i = 0; i < COUNT(takers); i++) {
		pthread_join(threads[i], NULL);
		taken += takers[i].taken;
	}
	assert_in_range(taken, 400, 500);
}

#define NEEDS_CLUB(f)                                                          \
	cmocka_unit_test_setup_teardown(f, club_set_up, club_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(limits_are_read),
	    cmocka_unit_test(a_bucket_fills_evenly_and_no_clock_empties_it),
	    NEEDS_CLUB(hosts_together_let_pass_what_one_should),
	    NEEDS_CLUB(what_is_given_back_is_there_again),
	    NEEDS_CLUB(looking_takes_nothing),
	    NEEDS_CLUB(without_a_store_each_host_has_its_own),
	    NEEDS_CLUB(threads_share_what_there_is),
	    cmocka_unit_test_teardown(clocks_lock_nobody_out, club_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
