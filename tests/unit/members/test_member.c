/* SPDX-License-Identifier: MIT */
#include "members/member.h"

#include "forwarding/sender_rules.h"
#include "members/sign_ins.h"

static const char ann[] = "ann@remotes.club", bob[] = "bob@remotes.club";

static struct member_mailbox
mailbox(struct sign_ins *s, const char *account, const char *target)
{
	return (struct member_mailbox){
	    .arena = s->arena, .account = account, .target = target};
}

/* ann has two active mailboxes and a paused one. */
static void
the_last_one_stays_unless_the_member_is_sure(void **state)
{
	struct sign_ins *s = *state;
	struct member_mailbox m = mailbox(s, ann, "A@one.example");

	CHECK(member_pause(s->store, &m, NULL) == RC_OK, "one of two");
	m.target = "c@three.example";
	CHECK(member_pause(s->store, &m, NULL) == RC_PERM && m.is_last, "last");
	CHECK(member_remove(s->store, &m, NULL) == RC_PERM && m.is_last,
	    "last");
	m.target = "b@two.example";
	CHECK(member_remove(s->store, &m, NULL) == RC_OK && !m.is_last,
	    "a paused one may go");
	CHECK(member_remove(s->store, &m, NULL) == RC_NONE, "it is gone");
	m.target = "c@three.example";
	m.sure = true;
	CHECK(member_remove(s->store, &m, NULL) == RC_OK, "sure");
	m.target = "a@one.example";
	CHECK(member_resume(s->store, &m, NULL) == RC_OK, "resume");
	CHECK_STR(stored(s->requests->members),
	    "ann@remotes.club a@one.example active 0\n"
	    "bob@remotes.club bob@four.example active 0\n"
	    "joe@remotes.club j@six.example paused 0\n"
	    "sue@remotes.club sue@five.example active 0\n",
	    "all");
}

static void
a_new_mailbox_is_pending(void **state)
{
	static const char *const wrong[] = {"", "x", "x@localhost",
	    "x@[192.0.2.1]", "ann@remotes.club", "a@one.example", "|/bin/sh"};
	struct sign_ins *s = *state;
	struct member_mailbox m = mailbox(s, ann, NULL);
	const char *target;
	bool limit;

	for (size_t i = 0; i < COUNT(wrong); i++)
		CHECK(member_invite(s->store, &s->settings, s->arena, ann,
			  wrong[i], NOW, &target, &limit, NULL) == RC_PERM,
		    wrong[i]);
	CHECK(member_invite(s->store, &s->settings, s->arena, ann,
		  " New@seven.example", NOW, &target, &limit, NULL) == RC_OK,
	    "new");
	CHECK_STR(target, "New@seven.example", "as stored");
	m.target = target;
	CHECK(member_resume(s->store, &m, NULL) == RC_PERM, "only by its code");
	CHECK(member_remove(s->store, &m, NULL) == RC_OK, "not wanted");
}

static void
a_member_floods_nobody(void **state)
{
	struct sign_ins *s = *state;
	const char *target;
	bool limit;

	s->settings.codes = 3;
	for (int i = 0; i < 3; i++)
		CHECK(member_invite(s->store, &s->settings, s->arena, ann,
			  arena_printf(s->arena, "v%d@x.example", i), NOW,
			  &target, &limit, NULL) == RC_OK,
		    "three");
	CHECK(member_invite(s->store, &s->settings, s->arena, ann,
		  "v4@x.example", NOW, &target, &limit, NULL) == RC_NONE &&
		  limit,
	    "of an account");
	s->requests->settings.limits.mailbox = 1;
	CHECK(member_invite(s->store, &s->settings, s->arena, bob,
		  "v+5@x.example", NOW, &target, &limit, NULL) == RC_OK,
	    "bob");
	CHECK(member_invite(s->store, &s->settings, s->arena, bob,
		  "v+6@x.example", NOW, &target, &limit, NULL) == RC_NONE &&
		  limit,
	    "of a mailbox");
}

static void
settings_and_rules(void **state)
{
	struct sign_ins *s = *state;
	const struct sender_rule rule = {ann, "x.example", false, NOW};
	struct member m;

	CHECK(member_set_strategy(s->store, ann, "hold", NULL) == RC_OK,
	    "hold");
	CHECK(member_set_digest(s->store, ann, true, NOW, NULL) == RC_OK, "on");
	CHECK(member_set_digest(s->store, ann, true, NOW + 3 * DAY, NULL) ==
		  RC_OK,
	    "again");
	assert_int_equal(count_rows(s->requests,
			     "SELECT MAX(digest) FROM account"),
	    NOW / DAY);
	CHECK(member_put_rule(s->store, s->arena, &rule, NULL) == RC_OK,
	    "rule");
	CHECK(member_find(s->store, s->arena, ann, &m, NULL) == RC_OK, "find");
	CHECK(m.digest && m.n == 3 && m.n_rules == 1, "all of it");
	CHECK_STR(m.account.strategy, "hold", "strategy");
	CHECK(member_remove_rule(s->store, ann, "x.example", NULL) == RC_OK,
	    "remove");
	CHECK(member_remove_rule(s->store, ann, "x.example", NULL) == RC_OK,
	    "again");
	CHECK(member_set_digest(s->store, ann, false, NOW, NULL) == RC_OK,
	    "off");
	CHECK(member_set_digest(s->store, "x@remotes.club", true, NOW, NULL) ==
		  RC_NONE,
	    "nobody");
	CHECK(member_find(s->store, s->arena, "x@remotes.club", &m, NULL) ==
		  RC_NONE,
	    "nobody");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_SIGN_INS(the_last_one_stays_unless_the_member_is_sure),
	    WITH_SIGN_INS(a_new_mailbox_is_pending),
	    WITH_SIGN_INS(a_member_floods_nobody),
	    WITH_SIGN_INS(settings_and_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
