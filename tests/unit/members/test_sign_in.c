/* SPDX-License-Identifier: MIT */
#include "members/sign_in.h"

#include "members/sign_ins.h"

static const char ann[] = "ann@remotes.club";

/* And no others. */
static void
check_mails_of_ann(struct sign_ins *s)
{
	const char *mails = unsent(s->requests);

	CHECK(strstr(mails, "member-code a@one.example\n") != NULL, mails);
	CHECK(strstr(mails, "member-code c@three.example\n") != NULL, mails);
	assert_int_equal(count_rows(s->requests, "SELECT COUNT(*) FROM outbox"),
	    2);
}

static void
a_code_goes_to_all_active_targets(void **state)
{
	struct sign_ins *s = *state;

	CHECK(ask_code(s, " Ann@Remotes.club ", "x", NOW) == RC_OK, "ask");
	check_mails_of_ann(s);
	CHECK(ask_code(s, "bob", "x", NOW) == RC_OK, "without a domain");
	CHECK(strstr(unsent(s->requests), "bob@four.example") != NULL, "bob");
}

/* Nobody, somebody suspended, and somebody whom no mail reaches are answered as
   members are, when they ask and when they type codes. */
static void
strangers_learn_nothing(void **state)
{
	static const char *const names[] = {
	    "nobody", "sue", "joe", "ann", "ann@elsewhere.example"};
	struct sign_ins *s = *state;
	struct err first = {""};

	for (size_t i = 0; i < COUNT(names); i++) {
		const struct sign_in in = from_browser(names[i], "x", NOW);
		struct signed_in session;
		struct err err = {""};

		CHECK(sign_in_ask(s->store, &s->settings, s->arena, &in,
			  &err) == RC_OK,
		    names[i]);
		for (int n = 0; n < 7; n++)
			CHECK(sign_in_try(s->store, &s->settings, s->arena, &in,
				  "AAAAA-AAAAA", &session, &err) == RC_PERM,
			    names[i]);
		if (i == 0)
			first = err;
		CHECK_STR(err.text, first.text, names[i]);
	}
	check_mails_of_ann(s);
}

static void
what_is_no_address_is_told(void **state)
{
	static const char *const rows[] = {
	    "", " ", "@", "a b@remotes.club", "ann@", "<>"};
	struct sign_ins *s = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK(ask_code(s, rows[i], "x", NOW) == RC_PERM, rows[i]);
}

static void
a_code_is_good_once(void **state)
{
	struct sign_ins *s = *state;
	struct signed_in session;
	const char *code;

	CHECK(ask_code(s, ann, "x", NOW) == RC_OK, "ask");
	code = mailed_code(s, "member:ann@remotes.club");
	CHECK(try_code(s, ann, "x", "no code", NOW, NULL) == RC_PERM, "none");
	CHECK(try_code(s, ann, "x", code, NOW + 599, &session) == RC_OK, code);
	CHECK_STR(session.account, ann, "whose session");
	assert_int_equal(strlen(session.token), SIGNED_IN_TOKEN_LEN);
	CHECK(try_code(s, ann, "x", code, NOW + 599, NULL) == RC_PERM, "twice");
	assert_int_equal(count_rows(s->requests,
			     "SELECT COUNT(*) FROM member_session"),
	    1);
}

static void
a_code_is_good_where_and_when_it_was_asked_for(void **state)
{
	struct sign_ins *s = *state;
	const char *code;

	CHECK(ask_code(s, ann, "x", NOW) == RC_OK, "ask");
	code = mailed_code(s, "member:ann@remotes.club");
	CHECK(try_code(s, ann, "y", code, NOW, NULL) == RC_PERM,
	    "another browser");
	CHECK(try_code(s, "bob", "x", code, NOW, NULL) == RC_PERM,
	    "another member");
	CHECK(try_code(s, ann, "x", code, NOW + 600, NULL) == RC_PERM, "late");
	/* Who asks elsewhere does not take this one's code away. */
	CHECK(ask_code(s, ann, "z", NOW) == RC_OK, "a stranger");
	CHECK(try_code(s, ann, "x", code, NOW, NULL) == RC_OK, "in time");
}

static void
five_tries(void **state)
{
	struct sign_ins *s = *state;
	const char *code;

	CHECK(ask_code(s, ann, "x", NOW) == RC_OK, "ask");
	code = mailed_code(s, "member:ann@remotes.club");
	for (int i = 0; i < SIGN_IN_CODE_WRONG; i++)
		CHECK(try_code(s, ann, "x", "AAAAA-AAAAA", NOW, NULL) ==
			  RC_PERM,
		    "wrong");
	CHECK(try_code(s, ann, "x", code, NOW, NULL) == RC_PERM,
	    "the right one is too late");
	CHECK(ask_code(s, ann, "x", NOW + 1) == RC_OK, "another");
	code = mailed_code(s, "member:ann@remotes.club");
	for (int i = 1; i < SIGN_IN_CODE_WRONG; i++)
		CHECK(try_code(s, ann, "x", "AAAAA-AAAAA", NOW, NULL) ==
			  RC_PERM,
		    "wrong");
	CHECK(try_code(s, ann, "x", code, NOW + 1, NULL) == RC_OK, "the fifth");
}

static void
limits(void **state)
{
	struct sign_ins *s = *state;
	struct sign_in in = from_browser(ann, "x", NOW);
	struct signed_in session;
	struct err err;
	const char *code;

	for (int i = 0; i < 5; i++)
		CHECK(ask_code(s, ann, "x", NOW + i) == RC_OK, "five codes");
	code = mailed_code(s, "member:ann@remotes.club");
	CHECK(ask_code(s, ann, "x", NOW + 5) == RC_OK, "silent");
	assert_int_equal(count_rows(s->requests, "SELECT COUNT(*) FROM outbox"),
	    10);
	CHECK(try_code(s, ann, "x", code, NOW + 5, NULL) == RC_OK,
	    "the last code is still good");
	s->requests->settings.limits.client = 6;
	CHECK(sign_in_ask(s->store, &s->settings, s->arena, &in, &err) ==
		  RC_NONE,
	    "of a client");
	CHECK(strstr(err.text, "Too many codes from your network") != NULL,
	    err.text);
	in.client = "198.51.100.7";
	s->requests->settings.limits.all = 6;
	CHECK(sign_in_ask(s->store, &s->settings, s->arena, &in, &err) ==
		  RC_NONE,
	    "in all");
	CHECK(strstr(err.text, "at this time") != NULL, err.text);
	s->requests->settings.limits.tries = 1;
	in.client = "203.0.113.1";
	CHECK(sign_in_try(s->store, &s->settings, s->arena, &in, "AAAAA-AAAAA",
		  &session, &err) == RC_PERM,
	    "a try");
	CHECK(sign_in_try(s->store, &s->settings, s->arena, &in, "AAAAA-AAAAA",
		  &session, &err) == RC_NONE,
	    "too many");
	assert_int_equal(ask_code(s, ann, "x", NOW + HOUR), RC_OK);
	assert_int_equal(count_rows(s->requests, "SELECT COUNT(*) FROM outbox"),
	    12);
}

/* A member who is suspended after the code was mailed. */
static void
the_suspended_stay_outside(void **state)
{
	struct sign_ins *s = *state;
	struct db *db;
	const char *code;

	CHECK(ask_code(s, ann, "x", NOW) == RC_OK, "ask");
	code = mailed_code(s, "member:ann@remotes.club");
	db = temp_store_take(s->requests->temp);
	CHECK(account_suspend(db, ann, true, NULL) == RC_OK, ann);
	store_give(s->store, db);
	CHECK(try_code(s, ann, "x", code, NOW, NULL) == RC_PERM, "suspended");
}

static void
without_secrets_no_code_is_made(void **state)
{
	static const struct keyed_secrets unreadable = {NULL, 0, "no secret"};
	struct sign_ins *s = *state;

	s->requests->settings.codes = &unreadable;
	CHECK(ask_code(s, ann, "x", NOW) == RC_TEMP, "our own trouble");
	CHECK_STR(unsent(s->requests), "", "nothing is mailed");
}

/* As before there was one: codes are hashed all the same. */
static void
without_a_secret_strangers_learn_nothing_either(void **state)
{
	static const struct keyed_secrets none = {NULL, 0, NULL};
	struct sign_ins *s = *state;

	s->requests->settings.codes = &none;
	CHECK(ask_code(s, "sue", "x", NOW) == RC_OK, "suspended");
	CHECK(ask_code(s, ann, "x", NOW) == RC_OK, "a member");
	CHECK(try_code(s, "nobody", "x", "AAAAA-AAAAA", NOW, NULL) == RC_PERM,
	    "nobody");
	CHECK(try_code(s, "sue", "x", "AAAAA-AAAAA", NOW, NULL) == RC_PERM,
	    "suspended");
	CHECK(try_code(s, ann, "x", "AAAAA-AAAAA", NOW, NULL) == RC_PERM,
	    "a member");
	CHECK(try_code(s, ann, "x", mailed_code(s, "member:ann@remotes.club"),
		  NOW, NULL) == RC_OK,
	    "the code");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_SIGN_INS(a_code_goes_to_all_active_targets),
	    WITH_SIGN_INS(strangers_learn_nothing),
	    WITH_SIGN_INS(what_is_no_address_is_told),
	    WITH_SIGN_INS(a_code_is_good_once),
	    WITH_SIGN_INS(a_code_is_good_where_and_when_it_was_asked_for),
	    WITH_SIGN_INS(five_tries),
	    WITH_SIGN_INS(limits),
	    WITH_SIGN_INS(the_suspended_stay_outside),
	    WITH_SIGN_INS(without_secrets_no_code_is_made),
	    WITH_SIGN_INS(without_a_secret_strangers_learn_nothing_either),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
