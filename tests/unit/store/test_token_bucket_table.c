/* SPDX-License-Identifier: MIT */
#include "store/token_bucket_table.h"

#include "store/with_db.h"

static void
a_bucket_is_changed_as_it_was_found(void **state)
{
	static const struct token_bucket one = {1000, 50}, two = {2000, 60},
					 three = {3000, 70};
	struct with_db *w = *state;
	struct token_bucket found;

	CHECK(token_bucket_find(w->db, "x", &found, NULL) == RC_NONE, "none");
	CHECK(token_bucket_put(w->db, "x", &one, &two, NULL) == RC_NONE,
	    "there is none to change");
	CHECK(token_bucket_put(w->db, "x", NULL, &one, NULL) == RC_OK, "new");
	CHECK(token_bucket_put(w->db, "x", NULL, &two, NULL) == RC_PERM,
	    "somebody else was faster");
	CHECK(token_bucket_put(w->db, "x", &one, &two, NULL) == RC_OK, "two");
	CHECK(token_bucket_put(w->db, "x", &one, &three, NULL) == RC_NONE,
	    "changed meanwhile");
	CHECK(token_bucket_find(w->db, "x", &found, NULL) == RC_OK, "find");
	CHECK(found.level == 2000 && found.level_at == 60, "two");
}

static void
full_ones_go_in_bites(void **state)
{
	struct with_db *w = *state;
	struct token_bucket found;

	for (int i = 0; i < 10; i++)
		CHECK(token_bucket_put(w->db, arena_printf(w->arena, "%d", i),
			  NULL, &(struct token_bucket){0, 100 + i},
			  NULL) == RC_OK,
		    "put");
	CHECK(token_bucket_put(w->db, "future", NULL,
		  &(struct token_bucket){0, 9000}, NULL) == RC_OK,
	    "put");
	CHECK(token_bucket_expire(w->db, 106, 500, 4, NULL) == RC_OK, "four");
	CHECK(token_bucket_find(w->db, "3", &found, NULL) == RC_NONE, "3");
	CHECK(token_bucket_find(w->db, "4", &found, NULL) == RC_OK, "4");
	CHECK(token_bucket_expire(w->db, 106, 500, 4, NULL) == RC_OK, "two");
	CHECK(token_bucket_expire(w->db, 106, 500, 4, NULL) == RC_OK, "future");
	CHECK(token_bucket_expire(w->db, 106, 500, 4, NULL) == RC_NONE, "none");
	CHECK(token_bucket_find(w->db, "6", &found, NULL) == RC_OK, "6");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(a_bucket_is_changed_as_it_was_found),
	    NEEDS_DB(full_ones_go_in_bites),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
