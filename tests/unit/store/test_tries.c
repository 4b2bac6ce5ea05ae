/* SPDX-License-Identifier: MIT */
#include "store/private/tries.h"

#include "check.h"

#define LONG INT64_MAX
#define K    TROUBLE_LOST_KEPT
#define L    TROUBLE_LOST
#define C    TROUBLE_CONFLICT
#define NONE TROUBLE_LASTING /* ends a list */

static void
each_kind_of_trouble_has_its_own_tries(void **state)
{
	static const struct {
		const char *name;
		int64_t left, usual;
		enum trouble each[12];
		int again; /* so many tries follow */
	} rows[] = {
	    {"lasting", LONG, LONG, {NONE}, 0},
	    {"lost", LONG, LONG, {L, L}, 1},
	    {"kept ones", LONG, LONG, {K, K, K}, 2},
	    {"kept and new", LONG, LONG, {K, L, L}, 2},
	    {"lost by and by", LONG, 0, {K, K}, 1},
	    {"lost at the deadline", 0, LONG, {L}, 0},
	    {"conflicts", LONG, LONG, {C, C, C, C, C, C, C}, 6},
	    {"a slow conflict", LONG, 0, {C, C}, 1},
	    {"a conflict near the deadline", 4, LONG, {C}, 0},
	    {"lost after conflicts", LONG, LONG, {C, C, L, C, L}, 4},
	    {"lost, then conflicts", LONG, LONG, {L, C, C, C, C, C, C, C}, 7},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tries tries = {0};
		int n = 0;

		while (tries_pause(&tries, rows[i].each[n], rows[i].left,
			   rows[i].usual) >= 0)
			n++;
		CHECK(n == rows[i].again, rows[i].name);
	}
}

static void
waits_longer_after_each_conflict(void **state)
{
	struct tries tries = {0};
	int64_t sum = 0;

	(void)state;
	for (int i = 0; i < TRIES_CONFLICTS; i++) {
		int64_t pause = tries_pause(&tries, C, LONG, LONG);

		CHECK(pause > sum - 20 && pause > 0, "longer");
		sum += pause;
	}
	CHECK(sum < 1000, "not for long");
	CHECK(tries_pause(&tries, L, LONG, LONG) == 0, "lost: at once");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_kind_of_trouble_has_its_own_tries),
	    cmocka_unit_test(waits_longer_after_each_conflict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
