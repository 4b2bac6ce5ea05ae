/* SPDX-License-Identifier: MIT */
#include "store/greylist_table.h"

#include "store/with_db.h"

static struct greylist_row
row_of(struct with_db *w, const char *name)
{
	const char *const names[GREYLIST_FIND_MAX] = {NULL, name, NULL};
	struct greylist_row rows[GREYLIST_FIND_MAX];

	CHECK(greylist_find(w->db, w->arena, names, rows, NULL) == RC_OK, name);
	CHECK(rows[0].name == NULL && rows[2].name == NULL, name);
	return rows[1];
}

static enum rc
add_row(struct with_db *w, const char *name, int64_t now, int64_t expires)
{
	const struct greylist_row row = {name, now, now, 0, expires};

	return greylist_add(w->db, &row, NULL);
}

static void
a_row_is_added_once_until_it_expires(void **state)
{
	static const struct {
		const char *name;
		int64_t now;
		enum rc rc;
		int64_t first_seen;
	} steps[] = {
	    {"first", 100, RC_OK, 100},
	    {"again", 120, RC_PERM, 100},
	    {"its last second", 199, RC_PERM, 100},
	    {"expired", 200, RC_OK, 200},
	};
	struct with_db *w = *state;

	for (size_t i = 0; i < COUNT(steps); i++) {
		CHECK(add_row(w, "x", steps[i].now, steps[i].now + 100) ==
			  steps[i].rc,
		    steps[i].name);
		CHECK(row_of(w, "x").first_seen == steps[i].first_seen,
		    steps[i].name);
	}
	CHECK(row_of(w, "y").name == NULL, "nobody else");
}

static void
passes_are_counted(void **state)
{
	struct with_db *w = *state;

	CHECK(add_row(w, "x", 100, 200) == RC_OK, "add");
	CHECK(greylist_pass(w->db, "x", 150, 900, NULL) == RC_OK, "pass");
	CHECK(greylist_pass(w->db, "x", 160, 910, NULL) == RC_OK, "pass");
	CHECK(greylist_pass(w->db, "new", 160, 910, NULL) == RC_OK, "new");
	assert_int_equal(row_of(w, "x").passes, 2);
	assert_int_equal(row_of(w, "x").first_seen, 100);
	assert_int_equal(row_of(w, "x").last_seen, 160);
	assert_int_equal(row_of(w, "x").expires, 910);
	assert_int_equal(row_of(w, "new").passes, 1);
	CHECK(add_row(w, "x", 911, 1000) == RC_OK, "expired");
	assert_int_equal(row_of(w, "x").passes, 0);
}

static int64_t
count_rows(struct with_db *w, int64_t now)
{
	int64_t n;

	CHECK(greylist_count(w->db, now, &n, NULL) == RC_OK, "count");
	CHECK(row_of(w, GREYLIST_COUNT).passes == n, "noted");
	CHECK(row_of(w, GREYLIST_COUNT).last_seen == now, "when");
	return n;
}

static void
what_is_too_old_or_too_much_goes_in_bites(void **state)
{
	struct with_db *w = *state;

	for (int64_t i = 0; i < 20; i++)
		CHECK(add_row(w, arena_printf(w->arena, "x%d", (int)i), i,
			  100 + i) == RC_OK,
		    "add");
	CHECK(greylist_pass(w->db, "x19", 20, 500, NULL) == RC_OK, "pass");
	CHECK(add_row(w, "future", 1, (int64_t)5000 * 24 * 3600) == RC_OK,
	    "a clock was wrong");
	assert_int_equal(count_rows(w, 30), 21);
	CHECK(greylist_expire(w->db, 104, 3, NULL) == RC_OK, "three");
	assert_int_equal(count_rows(w, 31), 19); /* and the count itself */
	CHECK(greylist_expire(w->db, 104, 3, NULL) == RC_OK, "two");
	CHECK(greylist_expire(w->db, 104, 3, NULL) == RC_OK, "the future's");
	CHECK(greylist_expire(w->db, 104, 3, NULL) == RC_NONE, "no more");
	CHECK(row_of(w, "x5").name != NULL, "not yet");
	CHECK(greylist_trim(w->db, 4, NULL) == RC_OK, "the oldest four");
	CHECK(row_of(w, "x8").name == NULL, "the fourth");
	CHECK(row_of(w, "x9").name != NULL, "the fifth");
	CHECK(greylist_trim(w->db, 100, NULL) == RC_OK, "all others");
	CHECK(greylist_trim(w->db, 100, NULL) == RC_NONE, "no more");
	CHECK(row_of(w, "x19").name != NULL, "has passed");
	assert_int_equal(count_rows(w, 32), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(a_row_is_added_once_until_it_expires),
	    NEEDS_DB(passes_are_counted),
	    NEEDS_DB(what_is_too_old_or_too_much_goes_in_bites),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
