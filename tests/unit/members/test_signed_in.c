/* SPDX-License-Identifier: MIT */
#include "members/signed_in.h"

#include "members/sign_ins.h"

static const char browser[] = "Firefox/140";

static void
half_an_hour_since_its_last_use(void **state)
{
	struct sign_ins *s = *state;
	struct signed_in session = signed_in(s, "ann", NOW);
	int64_t at = NOW;

	CHECK(use(s, &session, browser, NOW + 59) == RC_OK, "at once");
	assert_int_equal(count_rows(s->requests,
			     "SELECT used FROM member_session"),
	    NOW);
	CHECK(use(s, &session, browser, NOW + 60) == RC_OK, "a minute later");
	assert_int_equal(count_rows(s->requests,
			     "SELECT used FROM member_session"),
	    NOW + 60);
	for (at = NOW + 60 + 1799; at < NOW + 8 * HOUR; at += 1799)
		CHECK(use(s, &session, browser, at) == RC_OK, "in use");
	CHECK(use(s, &session, browser, NOW + 8 * HOUR) == RC_NONE,
	    "eight hours in all");
	session = signed_in(s, "bob", NOW);
	CHECK(use(s, &session, browser, NOW + 1800) == RC_NONE, "not used");
}

static void
another_browser_ends_it(void **state)
{
	struct sign_ins *s = *state;
	struct signed_in session = signed_in(s, "ann", NOW);

	CHECK(use(s, &session, "curl/8", NOW) == RC_NONE, "another browser");
	CHECK(use(s, &session, browser, NOW) == RC_NONE, "it is over");
	session = signed_in(s, "ann", NOW);
	CHECK(use(s, &session, NULL, NOW) == RC_NONE, "no name");
}

static void
several_browsers_at_once(void **state)
{
	struct sign_ins *s = *state;
	struct signed_in one = signed_in(s, "ann", NOW);
	struct signed_in two = signed_in(s, "ann", NOW);
	struct signed_in bobs = signed_in(s, "bob", NOW);

	CHECK(use(s, &one, browser, NOW) == RC_OK, "one");
	CHECK(use(s, &two, browser, NOW) == RC_OK, "two");
	CHECK(signed_in_end(s->store, s->arena, one.token, NULL) == RC_OK,
	    "end");
	CHECK(signed_in_end(s->store, s->arena, one.token, NULL) == RC_OK,
	    "again");
	CHECK(use(s, &one, browser, NOW) == RC_NONE, "ended");
	CHECK(use(s, &two, browser, NOW) == RC_OK, "the other is not");
	one = signed_in(s, "ann", NOW);
	CHECK(signed_in_end_all(s->store, "ann@remotes.club", NULL) == RC_OK,
	    "everywhere");
	CHECK(use(s, &one, browser, NOW) == RC_NONE, "one");
	CHECK(use(s, &two, browser, NOW) == RC_NONE, "two");
	CHECK(use(s, &bobs, browser, NOW) == RC_OK, "bob stays");
}

static void
with_the_account_it_ends(void **state)
{
	struct sign_ins *s = *state;
	struct signed_in session = signed_in(s, "ann", NOW);
	struct signed_in bobs = signed_in(s, "bob", NOW);
	struct db *db = temp_store_take(s->requests->temp);

	CHECK(account_suspend(db, "ann@remotes.club", true, NULL) == RC_OK,
	    "suspend");
	CHECK(account_delete(db, "bob@remotes.club", NULL) == RC_OK, "delete");
	store_give(s->store, db);
	CHECK(use(s, &session, browser, NOW) == RC_NONE, "suspended");
	CHECK(use(s, &bobs, browser, NOW) == RC_NONE, "deleted");
}

static void
a_store_does_not_tell_tokens(void **state)
{
	struct sign_ins *s = *state;
	struct signed_in one = signed_in(s, "ann", NOW);
	struct db *db = temp_store_take(s->requests->temp);
	int64_t n = 0;

	signed_in(s, "bob", NOW);
	CHECK(db_read_first(db, db_integer_reader(&n), NULL,
		  "SELECT COUNT(*) FROM member_session WHERE token_hash = ?1 "
		  "OR browser = ?2",
		  "ss", one.token, browser) == RC_OK,
	    "read");
	store_give(s->store, db);
	assert_int_equal(n, 0);
	assert_int_equal(count_rows(s->requests,
			     "SELECT COUNT(DISTINCT browser) FROM "
			     "member_session"),
	    2);
}

static void
what_is_over_is_cleaned_away(void **state)
{
	struct sign_ins *s = *state;

	signed_in(s, "ann", NOW);
	signed_in(s, "bob", NOW + 60);
	CHECK(ask_code(s, "bob", "x", NOW + 60) == RC_OK, "a code");
	CHECK(sign_in_clean(s->store, &s->settings, NOW + 1800, NULL) == RC_OK,
	    "clean");
	assert_int_equal(count_rows(s->requests,
			     "SELECT COUNT(*) FROM member_session"),
	    1);
	assert_int_equal(count_rows(s->requests,
			     "SELECT COUNT(*) FROM member_code"),
	    0);
	CHECK(sign_in_clean(s->store, &s->settings, NOW + 1860, NULL) == RC_OK,
	    "clean");
	assert_int_equal(count_rows(s->requests,
			     "SELECT COUNT(*) FROM member_session"),
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_SIGN_INS(half_an_hour_since_its_last_use),
	    WITH_SIGN_INS(another_browser_ends_it),
	    WITH_SIGN_INS(several_browsers_at_once),
	    WITH_SIGN_INS(with_the_account_it_ends),
	    WITH_SIGN_INS(a_store_does_not_tell_tokens),
	    WITH_SIGN_INS(what_is_over_is_cleaned_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
