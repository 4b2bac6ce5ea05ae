/* SPDX-License-Identifier: MIT */
#include "store/sender_rule_table.h"

#include "store/account_table.h"
#include "store/with_db.h"

static const char ann[] = "ann@remotes.club";

static void
a_sender_has_one_rule(void **state)
{
	struct with_db *w = *state;
	struct sender_rule rule = {ann, "sue@example.org", true, 7}, *all;
	struct err err = {""};
	int64_t counted;
	size_t n;

	CHECK(sender_rule_put(w->db, &rule, &err) == RC_PERM, "no account");
	CHECK(account_add(w->db, ann, 1, NULL) == RC_OK, ann);
	CHECK(sender_rule_put(w->db, &rule, &err) == RC_OK, err.text);
	rule = (struct sender_rule){ann, "example.net", false, 8};
	CHECK(sender_rule_put(w->db, &rule, &err) == RC_OK, err.text);
	rule = (struct sender_rule){ann, "sue@example.org", false, 9};
	CHECK(sender_rule_put(w->db, &rule, &err) == RC_OK, err.text);
	CHECK(sender_rule_list(w->db, w->arena, ann, &all, &n, NULL) == RC_OK,
	    "list");
	assert_int_equal(n, 2);
	CHECK_STR(all[0].sender, "example.net", "first");
	CHECK_STR(all[1].sender, "sue@example.org", "second");
	CHECK(!all[1].allow && all[1].created == 9, "the last rule counts");
	CHECK(sender_rule_remove(w->db, ann, "example.net", NULL) == RC_OK,
	    "remove");
	CHECK(sender_rule_remove(w->db, ann, "example.net", NULL) == RC_NONE,
	    "again");
	CHECK(sender_rule_count(w->db, ann, &counted, NULL) == RC_OK, "count");
	assert_int_equal(counted, 1);
	CHECK(account_delete(w->db, ann, NULL) == RC_OK, "delete");
	CHECK(sender_rule_count(w->db, ann, &counted, NULL) == RC_OK, "count");
	assert_int_equal(counted, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(a_sender_has_one_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
