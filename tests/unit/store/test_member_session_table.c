/* SPDX-License-Identifier: MIT */
#include "store/member_session_table.h"

#include "store/account_table.h"
#include "store/with_db.h"

static const char ann[] = "ann@remotes.club", bob[] = "bob@remotes.club";

static void
begin(struct with_db *w, const char *token, const char *account,
    int64_t created, int64_t used)
{
	struct member_session session = {token, account, "b", created, used};
	struct err err = {""};

	CHECK(member_session_add(w->db, &session, &err) == RC_OK, err.text);
}

static int64_t
count(struct with_db *w)
{
	int64_t n = -1;

	CHECK(member_session_count(w->db, &n, NULL) == RC_OK, "count");
	return n;
}

static void
an_account_has_several(void **state)
{
	struct with_db *w = *state;
	struct member_session session = {"t0", ann, "b", 1, 1}, found;

	CHECK(member_session_add(w->db, &session, NULL) == RC_PERM,
	    "no account");
	account_add(w->db, ann, 1, NULL);
	account_add(w->db, bob, 1, NULL);
	begin(w, "t1", ann, 10, 10);
	begin(w, "t2", ann, 20, 20);
	begin(w, "t3", bob, 30, 30);
	session.token_hash = "t1";
	CHECK(member_session_add(w->db, &session, NULL) == RC_PERM, "twice");
	CHECK(member_session_use(w->db, "t1", 70, NULL) == RC_OK, "use");
	CHECK(member_session_use(w->db, "tx", 70, NULL) == RC_NONE, "none");
	CHECK(member_session_find(w->db, w->arena, "t1", &found, NULL) == RC_OK,
	    "t1");
	CHECK(found.used == 70 && found.created == 10, "used");
	CHECK_STR(found.account, ann, "whose");
	CHECK(member_session_remove(w->db, "t1", NULL) == RC_OK, "remove");
	CHECK(member_session_find(w->db, w->arena, "t1", &found, NULL) ==
		  RC_NONE,
	    "gone");
	begin(w, "t4", ann, 40, 40);
	CHECK(member_session_remove_all(w->db, ann, NULL) == RC_OK, "all");
	assert_int_equal(count(w), 1);
	CHECK(account_delete(w->db, bob, NULL) == RC_OK, "delete");
	assert_int_equal(count(w), 0);
}

static void
sessions_end(void **state)
{
	struct with_db *w = *state;
	struct member_session found;

	account_add(w->db, ann, 1, NULL);
	begin(w, "unused", ann, 900, 950);
	begin(w, "old", ann, 500, 990);
	begin(w, "good", ann, 900, 990);
	begin(w, "far", ann, 5000, 5000);
	CHECK(member_session_expire(w->db, 950, 500, 2000, NULL) == RC_OK,
	    "expire");
	assert_int_equal(count(w), 1);
	CHECK(member_session_find(w->db, w->arena, "good", &found, NULL) ==
		  RC_OK,
	    "the good one");
	CHECK(member_session_expire(w->db, 950, 500, 2000, NULL) == RC_NONE,
	    "no more");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(an_account_has_several),
	    NEEDS_DB(sessions_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
