/* SPDX-License-Identifier: MIT */
#include "members/leave.h"

#include "members/sign_ins.h"
#include "store/author_token_table.h"
#include "store/decision_table.h"

static const char ann[] = "ann@remotes.club";

static enum rc
ask_to_leave(struct sign_ins *s, int64_t now)
{
	return leave_ask(s->store, &s->settings, s->arena, ann, now, NULL);
}

static enum rc
leave_with(struct sign_ins *s, const char *code, int64_t now)
{
	const struct leave leave = {ann, code, "192.0.2.1", now};

	return leave_confirm(s->store, &s->settings, s->arena, &leave, NULL);
}

static void
give_all_that_there_can_be(struct sign_ins *s)
{
	const struct decision_row decision = {.id = "d",
	    .account = ann,
	    .at = NOW,
	    .action = DECISION_REJECT,
	    .host = "mx",
	    .record = ""};
	const struct author_token token = {ann, "sue@example.org"};
	struct db *db;

	CHECK(ask(s->requests, 1, "nina", NOW) == RC_OK, "a request");
	signed_in(s, "ann", NOW);
	db = temp_store_take(s->requests->temp);
	CHECK(db_run(db, NULL,
		  "UPDATE request SET address = ?1, reserved = ?1, "
		  "state = 'approved'",
		  "s", ann) == RC_OK,
	    "approved");
	CHECK(decision_insert(db, &decision, NULL) == RC_OK, "decision");
	CHECK(author_token_put(db, "abc", &token, NOW, NULL) == RC_OK, "token");
	store_give(s->store, db);
}

static void
everything_is_deleted(void **state)
{
	static const char *const tables[] = {"request", "decision",
	    "author_token", "member_code", "member_session"};
	struct sign_ins *s = *state;
	const char *code;

	give_all_that_there_can_be(s);
	CHECK(ask_to_leave(s, NOW + 1) == RC_OK, "ask");
	code = mailed_code(s, "member:ann@remotes.club");
	CHECK(leave_with(s, "", NOW + 1) == RC_PERM, "no code");
	CHECK(leave_with(s, "AAAAA-AAAAA", NOW + 1) == RC_PERM, "wrong");
	CHECK(leave_with(s, code, NOW + 601) == RC_PERM, "late");
	CHECK(strstr(stored(s->requests->members), "ann@") != NULL, "still");
	CHECK(leave_with(s, code, NOW + 600) == RC_OK, code);
	CHECK(strstr(stored(s->requests->members), "ann@") == NULL, "gone");
	CHECK(strstr(stored(s->requests->members), "bob@") != NULL, "not bob");
	for (size_t i = 0; i < COUNT(tables); i++)
		CHECK(count_rows(s->requests,
			  arena_printf(s->arena, "SELECT COUNT(*) FROM %s",
			      tables[i])) == 0,
		    tables[i]);
	CHECK_STR(unsent(s->requests), "", "no mail waits");
	CHECK(ask_to_leave(s, NOW) == RC_PERM, "nobody");
	CHECK(leave_with(s, code, NOW + 600) == RC_PERM, "once");
}

static void
a_code_to_sign_in_deletes_nothing(void **state)
{
	struct sign_ins *s = *state;
	const char *code;

	CHECK(ask_code(s, ann, "x", NOW) == RC_OK, "to sign in");
	code = mailed_code(s, "member:ann@remotes.club");
	CHECK(leave_with(s, code, NOW) == RC_PERM, "another purpose");
	CHECK(ask_to_leave(s, NOW + 1) == RC_OK, "ask");
	for (int i = 0; i < SIGN_IN_CODE_WRONG; i++)
		CHECK(leave_with(s, code, NOW + 1) == RC_PERM, "wrong");
	code = mailed_code(s, "member:ann@remotes.club");
	CHECK(leave_with(s, code, NOW + 1) == RC_PERM, "too many tries");
	s->settings.codes = 1;
	CHECK(ask_to_leave(s, NOW + 2) == RC_NONE, "too many codes");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_SIGN_INS(everything_is_deleted),
	    WITH_SIGN_INS(a_code_to_sign_in_deletes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
