/* SPDX-License-Identifier: MIT */
/* What a member says of a sender counts for the checks that are left to
   members, and for no others. */
#include "judge_world.h"

#include "forwarding/forwards_cache.h"
#include "store/sender_rule_table.h"

#define SPAM "b@spam.test"

static void
put_rule(struct world *w, const char *sender, bool allow)
{
	const struct sender_rule rule = {ANN, sender, allow, 1};
	struct db *db;

	assert_int_equal(store_take(w->store, &db, NULL), RC_OK);
	assert_int_equal(sender_rule_put(db, &rule, NULL), RC_OK);
	store_give(w->store, db);
}

static void
remove_rule(struct world *w, const char *sender)
{
	struct db *db;

	assert_int_equal(store_take(w->store, &db, NULL), RC_OK);
	assert_int_equal(sender_rule_remove(db, ANN, sender, NULL), RC_OK);
	store_give(w->store, db);
}

static const struct finding *
finding_of(const struct judgement *j, const char *check)
{
	for (size_t i = 0; i < j->n_findings; i++)
		if (strcmp(j->findings[i].check, check) == 0)
			return &j->findings[i];
	fail_msg("%s is not judged", check);
	return NULL;
}

static void
who_is_let_pass_passes_what_is_left_to_members(void **state)
{
	static const struct step refused[] = {
	    {"listed", SMTP_RCPT, CLEAN, MX, SPAM, ANN, "554 5.7.1 "},
	};
	static const struct step passes[] = {
	    {"let pass", SMTP_RCPT, CLEAN, MX, SPAM, ANN, NULL},
	    {"no full address", SMTP_RCPT, CLEAN, MX, "b%spam.test", ANN,
		"550 5.1.7 "},
	    {"in capitals", SMTP_RCPT, CLEAN, MX, "b@SPAM.test", ANN, NULL},
	    {"with an extension", SMTP_RCPT, CLEAN, MX, SPAM,
		"ann+x@remotes.club", NULL},
	    {"somebody else there", SMTP_RCPT, CLEAN, MX, "c@spam.test", ANN,
		"554 5.7.1 "},
	    {"somebody else's mail", SMTP_RCPT, CLEAN, MX, SPAM,
		"postmaster@remotes.club", NULL},
	    {"who has no forward", SMTP_RCPT, CLEAN, MX, SPAM,
		"eve@remotes.club", "550 5.1.1 No forwarding address"},
	    {"a check that is not left", SMTP_RCPT, CLEAN, "not a name", SPAM,
		ANN, "550 5.5.2 "},
	};
	struct world *w = *state;
	struct judgement j;

	w->settings.may_pass[CHECK_RHSBL] = true;
	check_steps(w, refused, COUNT(refused));
	put_rule(w, SPAM, true);
	check_steps(w, passes, COUNT(passes));
	j = judge_step(w, &passes[0], false);
	assert_int_equal(j.unshadowed.action, VERDICT_ACCEPT);
	CHECK(finding_of(&j, "rhsbl")->passed, "it is told");
	CHECK(!finding_of(&j, "recipient")->passed, "and only that");
	w->settings.may_pass[CHECK_RHSBL] = false;
	check_steps(w, refused, COUNT(refused));
	w->settings.may_pass[CHECK_RHSBL] = true;
	remove_rule(w, SPAM);
	check_steps(w, refused, COUNT(refused));
}

static void
points_of_what_is_passed_do_not_count(void **state)
{
	static const struct step step = {
	    "points", SMTP_RCPT, CLEAN, MX, SPAM, ANN, NULL};
	struct world *w = *state;
	struct judgement j;

	w->settings.may_pass[CHECK_RHSBL] = true;
	w->lists[2].settings =
	    (struct check_settings){.action = ACTION_SCORE, .points = 50};
	put_rule(w, "spam.test", true);
	j = judge_step(w, &step, false);
	assert_int_equal(j.verdict.action, VERDICT_ACCEPT);
	CHECK(j.verdict.points < 50, "points");
	w->lists[2].settings = (struct check_settings){0};
	w->settings.may_pass[CHECK_RHSBL] = false;
	remove_rule(w, "spam.test");
}

static void
who_is_blocked_is_refused(void **state)
{
	static const struct step steps[] = {
	    {"blocked", SMTP_RCPT, CLEAN, MX, BOB, ANN,
		"550 5.7.1 The recipient does not want mail"},
	    {"also who is trusted", SMTP_RCPT, "198.51.100.7", MX, BOB, ANN,
		"550 5.7.1 The recipient does not want mail"},
	    {"others take it", SMTP_RCPT, CLEAN, MX, BOB,
		"postmaster@remotes.club", NULL},
	    {"notifications", SMTP_RCPT, CLEAN, MX, "", ANN, NULL},
	    {"before there is a recipient", SMTP_MAIL, CLEAN, MX, BOB, NULL,
		NULL},
	};
	static const struct step exact = {
	    "his address counts more", SMTP_RCPT, CLEAN, MX, BOB, ANN, NULL};
	struct world *w = *state;

	put_rule(w, "good.test", false);
	check_steps(w, steps, COUNT(steps));
	put_rule(w, BOB, true);
	check_steps(w, &exact, 1);
	remove_rule(w, BOB);
	w->settings.checks[CHECK_MEMBER_RULE].action = ACTION_OFF;
	check_steps(w, &exact, 1);
	w->settings.checks[CHECK_MEMBER_RULE] = checks[CHECK_MEMBER_RULE]->def;
	remove_rule(w, "good.test");
}

/* Nobody is refused on old news: what is cached is asked for once more. */
static void
what_he_says_now_counts_at_once(void **state)
{
	static const struct step passes = {
	    "let pass", SMTP_RCPT, CLEAN, MX, SPAM, ANN, NULL};
	static const struct step refused = {
	    "not any more", SMTP_RCPT, CLEAN, MX, SPAM, ANN, "554 5.7.1 "};
	static const struct step blocked = {"blocked", SMTP_RCPT, CLEAN, MX,
	    BOB, ANN, "550 5.7.1 The recipient does not want mail"};
	static const struct step wanted = {
	    "wanted", SMTP_RCPT, CLEAN, MX, BOB, ANN, NULL};
	struct world *w = *state;

	w->settings.may_pass[CHECK_RHSBL] = true;
	w->forwards.cache_ms = w->forwards.stale_ms = 3600 * 1000;
	w->judge.forwards = forwards_cache_new(w->store, &w->forwards, 100);
	check_steps(w, &refused, 1);
	put_rule(w, SPAM, true);
	check_steps(w, &passes, 1);
	forwards_cache_free(w->judge.forwards);
	w->judge.forwards = forwards_cache_new(w->store, &w->forwards, 100);
	put_rule(w, "good.test", false);
	check_steps(w, &blocked, 1);
	remove_rule(w, "good.test");
	check_steps(w, &wanted, 1);
	remove_rule(w, SPAM);
	forwards_cache_free(w->judge.forwards);
	w->judge.forwards = NULL;
	check_steps(w, &refused, 1);
	w->settings.may_pass[CHECK_RHSBL] = false;
}

static void
tells_what_is_left_to_members(void **state)
{
	struct world *w = *state;

	w->settings.may_pass[CHECK_SPF] = true;
	CHECK(policy_may_pass(&w->settings, "spf"), "spf");
	CHECK(!policy_may_pass(&w->settings, "loop"), "loop");
	CHECK(!policy_may_pass(&w->settings, "no such check"), "none");
	w->settings.may_pass[CHECK_SPF] = false;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_is_let_pass_passes_what_is_left_to_members),
	    cmocka_unit_test(points_of_what_is_passed_do_not_count),
	    cmocka_unit_test(who_is_blocked_is_refused),
	    cmocka_unit_test(what_he_says_now_counts_at_once),
	    cmocka_unit_test(tells_what_is_left_to_members),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
