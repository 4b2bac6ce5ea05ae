/* SPDX-License-Identifier: MIT */
#include "store/member_code_table.h"

#include "store/account_table.h"
#include "store/with_db.h"

static const char ann[] = "ann@remotes.club";

static void
a_purpose_has_one_code(void **state)
{
	struct with_db *w = *state;
	struct member_code code = {ann, "leave", "h1", 700, 0}, found;
	struct err err = {""};

	CHECK(member_code_put(w->db, &code, &err) == RC_PERM, "no account");
	CHECK(account_add(w->db, ann, 1, NULL) == RC_OK, ann);
	CHECK(member_code_find(w->db, w->arena, ann, "leave", &found, NULL) ==
		  RC_NONE,
	    "none yet");
	CHECK(member_code_put(w->db, &code, &err) == RC_OK, err.text);
	CHECK(member_code_count_wrong(w->db, ann, "leave", &err) == RC_OK,
	    err.text);
	CHECK(member_code_count_wrong(w->db, ann, "other", NULL) == RC_NONE,
	    "no such code");
	CHECK(member_code_find(w->db, w->arena, ann, "leave", &found, NULL) ==
		  RC_OK,
	    "found");
	CHECK(found.wrong == 1 && found.expires == 700, "as stored");
	code.hash = "h2";
	CHECK(member_code_put(w->db, &code, &err) == RC_OK, err.text);
	CHECK(member_code_find(w->db, w->arena, ann, "leave", &found, NULL) ==
		  RC_OK,
	    "found");
	CHECK_STR(found.hash, "h2", "the newer one");
	CHECK(found.wrong == 0, "with tries of its own");
}

static void
codes_end(void **state)
{
	static const int64_t far = 700 + 8 * 86400;
	struct with_db *w = *state;
	struct member_code code = {ann, "a", "h", 700, 0}, found;

	CHECK(account_add(w->db, ann, 1, NULL) == RC_OK, ann);
	CHECK(member_code_put(w->db, &code, NULL) == RC_OK, "a");
	code = (struct member_code){ann, "b", "h", 701, 0};
	CHECK(member_code_put(w->db, &code, NULL) == RC_OK, "b");
	/* Of a clock that was set back. */
	code = (struct member_code){ann, "c", "h", far, 0};
	CHECK(member_code_put(w->db, &code, NULL) == RC_OK, "c");
	CHECK(member_code_expire(w->db, 700, NULL) == RC_OK, "expire");
	CHECK(member_code_expire(w->db, 700, NULL) == RC_NONE, "again");
	CHECK(member_code_find(w->db, w->arena, ann, "b", &found, NULL) ==
		  RC_OK,
	    "b is there");
	CHECK(member_code_remove(w->db, ann, "b", NULL) == RC_OK, "remove");
	CHECK(member_code_remove(w->db, ann, "b", NULL) == RC_NONE, "again");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(a_purpose_has_one_code),
	    NEEDS_DB(codes_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
