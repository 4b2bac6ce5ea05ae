/* SPDX-License-Identifier: MIT */
#include "store/limit_table.h"

#include "store/with_db.h"

static void
counts_within_a_span(void **state)
{
	static const struct {
		const char *name, *whose;
		int64_t most, span, now;
		enum rc rc;
		int64_t wait;
	} steps[] = {
	    {"first", "ann", 2, 60, 100, RC_OK, 0},
	    {"second", "ann", 2, 60, 110, RC_OK, 0},
	    {"one too many", "ann", 2, 60, 120, RC_NONE, 40},
	    {"was not counted", "ann", 3, 60, 125, RC_OK, 0},
	    {"another", "bob", 1, 60, 130, RC_OK, 0},
	    {"another, again", "bob", 1, 60, 131, RC_NONE, 59},
	    {"other bytes", "Ann", 1, 60, 140, RC_OK, 0},
	    {"its last second", "ann", 2, 60, 159, RC_NONE, 1},
	    {"anew", "ann", 2, 60, 160, RC_OK, 0},
	    {"anew, second", "ann", 2, 60, 219, RC_OK, 0},
	    {"anew, too many", "ann", 2, 60, 219, RC_NONE, 1},
	    {"clock set back", "ann", 1, 60, 50, RC_OK, 0},
	    {"from there", "ann", 1, 60, 51, RC_NONE, 59},
	    {"shorter by now", "ann", 1, 10, 52, RC_OK, 0},
	    {"never", "eve", 0, 60, 100, RC_NONE, 60},
	};
	struct with_db *w = *state;

	for (size_t i = 0; i < COUNT(steps); i++) {
		const struct limit limit = {
		    steps[i].whose, steps[i].most, steps[i].span};
		int64_t wait = 0;

		/* Twice: looking does not count. */
		for (int again = 0; again < 2; again++) {
			CHECK(limit_look(w->db, &limit, steps[i].now, &wait,
				  NULL) == steps[i].rc,
			    steps[i].name);
			CHECK(wait == steps[i].wait, steps[i].name);
		}
		wait = 0;
		CHECK(limit_take(w->db, &limit, steps[i].now, &wait, NULL) ==
			  steps[i].rc,
		    steps[i].name);
		CHECK(wait == steps[i].wait, steps[i].name);
	}
}

static void
takes_no_longer_names(void **state)
{
	struct with_db *w = *state;
	struct limit limit = {arena_printf(w->arena, "%0320d", 1), 1, 60};
	int64_t wait;

	CHECK(limit_take(w->db, &limit, 1, &wait, NULL) == RC_OK, "320 bytes");
	limit.name = arena_printf(w->arena, "%0321d", 1);
	CHECK(limit_take(w->db, &limit, 1, &wait, NULL) == RC_PERM,
	    "321 bytes");
}

static void
expires_what_has_ended(void **state)
{
	struct with_db *w = *state;
	const struct limit ann = {"ann", 1, 60}, bob = {"bob", 1, 100};
	int64_t wait;

	CHECK(limit_take(w->db, &ann, 100, &wait, NULL) == RC_OK, "ann");
	CHECK(limit_take(w->db, &bob, 100, &wait, NULL) == RC_OK, "bob");
	CHECK(limit_expire(w->db, 159, NULL) == RC_NONE, "not yet");
	CHECK(limit_expire(w->db, 160, NULL) == RC_OK, "ann's");
	CHECK(limit_expire(w->db, 160, NULL) == RC_NONE, "again");
	CHECK(limit_look(w->db, &bob, 160, &wait, NULL) == RC_NONE, "bob's");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(counts_within_a_span),
	    NEEDS_DB(takes_no_longer_names),
	    NEEDS_DB(expires_what_has_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
