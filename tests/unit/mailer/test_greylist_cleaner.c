/* SPDX-License-Identifier: MIT */
#include "greylist_cleaner.h"

#include "store/with_db.h"

#define NOW ((int64_t)1800000000)
#define DAY ((int64_t)86400)

/* So many who never come again, as fast as SQLite takes them; every tenth has
   passed. */
static void
flood(struct with_db *w, int64_t n)
{
	CHECK(db_begin(w->db, NULL) == RC_OK, "begin");
	for (int64_t i = 0; i < n; i++) {
		const struct greylist_row row = {
		    .name = arena_printf(w->arena, "flood%lld", (long long)i),
		    .first_seen = NOW + i / 300,
		    .last_seen = NOW + i / 300,
		    .passes = i % 10 == 0,
		    .expires = NOW + i / 300 + (i % 10 == 0 ? 35 : 2) * DAY,
		};

		CHECK(greylist_add(w->db, &row, NULL) == RC_OK, row.name);
	}
	CHECK(db_commit(w->db, NULL) == RC_OK, "commit");
}

static int64_t
clean(struct with_db *w, int64_t rows_max, int64_t now)
{
	const struct greylist_settings settings = {.rows_max = rows_max};
	struct err err = {""};
	int64_t excess, n = 0;

	CHECK(greylist_cleaner_count(w->temp->store, &settings, now, &excess,
		  &err) == RC_OK,
	    err.text);
	while (greylist_cleaner_bite(w->temp->store, now, &excess, &err) ==
	       RC_OK)
		n++;
	CHECK(n < 1000, "bites");
	CHECK(greylist_count(w->db, now, &n, NULL) == RC_OK, "count");
	return n;
}

/* What a flood of a hundred thousand leaves is bounded, and those who have
   passed are still known. */
static void
a_flood_is_bounded(void **state)
{
	struct with_db *w = *state;
	const char *const names[] = {"flood0", "flood99999", "flood1"};
	struct greylist_row rows[GREYLIST_FIND_MAX];
	int64_t left;

	flood(w, 100000);
	left = clean(w, 20000, NOW + 400);
	assert_in_range(left, 10002, 18001);
	CHECK(greylist_find(w->db, w->arena, names, rows, NULL) == RC_OK, "");
	CHECK(rows[0].name != NULL, "has passed");
	CHECK(rows[1].name != NULL, "the youngest");
	CHECK(rows[2].name == NULL, "the oldest");
	assert_int_equal(clean(w, 20000, NOW + 400), left);
	left = clean(w, 20000, NOW + 3 * DAY);
	assert_int_equal(left, 10001); /* those who have passed */
	assert_int_equal(clean(w, 20000, NOW + 36 * DAY), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(a_flood_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
