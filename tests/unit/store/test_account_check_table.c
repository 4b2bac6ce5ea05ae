/* SPDX-License-Identifier: MIT */
#include "store/account_check_table.h"

#include "store/account_table.h"
#include "store/with_db.h"

#define ANN "ann@remotes.club"

static void
choices_of_an_account_are_kept(void **state)
{
	static const struct account_check rows[] = {{ANN, "spf", false, 10},
	    {ANN, "greylist", true, 11}, {ANN, "spf", true, 12}};
	struct with_db *w = *state;
	struct account_check *all;
	struct account account;
	size_t n;

	CHECK(account_check_put(w->db, &rows[0], NULL) == RC_PERM, "nobody");
	CHECK(account_add(w->db, ANN, 1, NULL) == RC_OK, "add");
	CHECK(account_find(w->db, w->arena, ANN, &account, NULL) == RC_OK, "");
	CHECK(!account.has_choices, "none");
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK(account_check_put(w->db, &rows[i], NULL) == RC_OK, "put");
	CHECK(account_check_list(w->db, w->arena, ANN, &all, &n, NULL) == RC_OK,
	    "list");
	assert_int_equal(n, 2);
	CHECK_STR(all[0].check, "greylist", "in order");
	CHECK(all[1].on && all[1].created == 12, "the last one");
	CHECK(account_find(w->db, w->arena, ANN, &account, NULL) == RC_OK, "");
	CHECK(account.has_choices, "it has");
	CHECK(account_check_remove(w->db, ANN, "spf", NULL) == RC_OK, "gone");
	CHECK(account_check_remove(w->db, ANN, "spf", NULL) == RC_NONE,
	    "twice");
	CHECK(account_delete(w->db, ANN, NULL) == RC_OK, "delete");
	CHECK(account_check_list(w->db, w->arena, ANN, &all, &n, NULL) == RC_OK,
	    "list");
	assert_int_equal(n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(choices_of_an_account_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
