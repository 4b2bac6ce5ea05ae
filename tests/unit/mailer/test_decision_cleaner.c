/* SPDX-License-Identifier: MIT */
#include "decision_cleaner.h"

#include "store/decision_table.h"
#include "store/with_db.h"

#include <stdio.h>

#define NOW ((int64_t)1800000000)
#define DAY ((int64_t)86400)

static const struct decisions_settings usual = {14 * DAY * 1000, 100};

static void
put_rows(struct with_db *w, size_t n, int64_t at)
{
	static unsigned number;
	char id[20];

	CHECK(db_begin(w->db, NULL) == RC_OK, "begin");
	for (size_t i = 0; i < n; i++) {
		const struct decision_row row = {.id = id,
		    .account = "ann@remotes.club",
		    .at = at,
		    .host = "mx",
		    .record = "a=b"};

		snprintf(id, sizeof(id), "%08u", number++);
		CHECK(decision_insert(w->db, &row, NULL) == RC_OK, id);
	}
	CHECK(db_commit(w->db, NULL) == RC_OK, "commit");
}

/* Returns how many bites it took; *left: the rows that stay. */
static unsigned
clean(struct with_db *w, const struct decisions_settings *settings,
    int64_t *left)
{
	struct err err;
	unsigned bites = 0;

	while (decision_cleaner_bite(w->temp->store, settings, NOW, &err) ==
	       RC_OK)
		bites++;
	CHECK(decision_count(w->db, 0, INT64_MAX, left, NULL) == RC_OK, "n");
	return bites;
}

static void
old_ones_go(void **state)
{
	struct with_db *w = *state;
	int64_t left;

	for (int64_t i = 0; i < 1000; i++)
		put_rows(w, 1, NOW - 14 * DAY - 1000 + i);
	put_rows(w, 7, NOW - 14 * DAY);
	put_rows(w, 50, NOW);
	assert_int_equal(clean(w, &usual, &left), 1000 / DECISION_BITE);
	assert_int_equal(left, 57);
	assert_int_equal(clean(w, &usual, &left), 0);
}

static void
what_is_too_much_for_a_day_goes(void **state)
{
	struct with_db *w = *state;
	int64_t left;

	put_rows(w, 90, NOW - 2 * DAY);
	put_rows(w, 60, NOW - 20);
	put_rows(w, 500, NOW - 10);
	assert_int_equal(clean(w, &usual, &left), 3);
	assert_int_equal(left, 190);
}

/* A clock that was wrong for a while must leave nothing for years. */
static void
the_future_goes(void **state)
{
	struct with_db *w = *state;
	int64_t left;

	put_rows(w, 20, NOW + 3600);
	put_rows(w, 30, NOW + 3650 * DAY);
	clean(w, &usual, &left);
	assert_int_equal(left, 20);
}

static void
all_go_where_nothing_is_kept(void **state)
{
	static const struct decisions_settings off = {0, 100};
	struct with_db *w = *state;
	int64_t left;

	put_rows(w, 300, NOW - DAY);
	put_rows(w, 30, NOW + 3650 * DAY);
	assert_int_equal(clean(w, &off, &left), 2);
	assert_int_equal(left, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(old_ones_go),
	    NEEDS_DB(what_is_too_much_for_a_day_goes),
	    NEEDS_DB(the_future_goes),
	    NEEDS_DB(all_go_where_nothing_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
