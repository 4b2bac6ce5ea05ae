/* SPDX-License-Identifier: MIT */
/* What a member has switched counts where it is left to him. */
#include "judge_world.h"

#include "policy/decision.h"
#include "policy/rejudge.h"
#include "store/account_check_table.h"

#define SPAM "b@spam.test"

static void
choose(struct world *w, const char *check, bool on)
{
	const struct account_check choice = {ANN, check, on, 1};
	struct db *db;

	assert_int_equal(store_take(w->store, &db, NULL), RC_OK);
	assert_int_equal(account_check_put(db, &choice, NULL), RC_OK);
	store_give(w->store, db);
}

static const struct finding *
found(const struct judgement *j, const char *check)
{
	for (size_t i = 0; i < j->n_findings; i++)
		if (strcmp(j->findings[i].check, check) == 0)
			return &j->findings[i];
	return NULL;
}

static void
what_is_switched_off_does_not_count(void **state)
{
	static const struct step refused[] = {
	    {"listed", SMTP_RCPT, CLEAN, MX, SPAM, ANN, "554 5.7.1 "}};
	static const struct step passes[] = {
	    {"listed", SMTP_RCPT, CLEAN, MX, SPAM, ANN, NULL},
	    {"not his mail", SMTP_RCPT, CLEAN, MX, SPAM, "kim@remotes.club",
		"554 5.7.1 "},
	    {"another check", SMTP_RCPT, CLEAN, "not a name", SPAM, ANN,
		"550 5.5.2 "},
	};
	struct world *w = *state;
	struct judgement j;

	choose(w, "rhsbl", false);
	check_steps(w, refused, COUNT(refused)); /* it is not left to him */
	w->settings.may_switch[CHECK_RHSBL] = true;
	check_steps(w, passes, COUNT(passes));
	j = judge_step(w, &passes[0], false);
	CHECK(found(&j, "rhsbl")->passed, "it is told");
	CHECK_STR(j.choices, "-rhsbl", "and why");
	choose(w, "rhsbl", true);
	check_steps(w, refused, COUNT(refused));
}

static void
what_is_off_for_others_is_on(void **state)
{
	static const struct step plain[] = {
	    {"off", SMTP_RCPT, CLEAN, "none.test", BOB, ANN, NULL}};
	static const struct step refused[] = {
	    {"on", SMTP_RCPT, CLEAN, "none.test", BOB, ANN, "450 4.7.1 Host"},
	    {"not his mail", SMTP_RCPT, CLEAN, "none.test", BOB,
		"kim@remotes.club", "450 4.2.1 "},
	    {"before RCPT", SMTP_MAIL, CLEAN, "none.test", BOB, NULL, NULL},
	};
	struct world *w = *state;
	struct judgement j;

	w->settings.checks[CHECK_HELO_UNKNOWN].action = ACTION_OFF;
	choose(w, "helo_unknown", true);
	w->settings.may_switch[CHECK_HELO_UNKNOWN] = true;
	check_steps(w, plain, COUNT(plain)); /* off is, on is not left to him */
	w->settings.may_switch_on[CHECK_HELO_UNKNOWN] = true;
	check_steps(w, refused, COUNT(refused));
	choose(w, "helo_unknown", false);
	check_steps(w, plain, COUNT(plain));
	j = judge_step(w, &plain[0], false);
	CHECK_STR(found(&j, "helo_unknown")->why, "off", "as it was");
}

static void
shadow_mode_is_left_by_who_wants_it(void **state)
{
	static const struct step plain[] = {
	    {"list", SMTP_RCPT, "192.0.2.1", MX, BOB, ANN, NULL},
	    {"SPF", SMTP_RCPT, CLEAN, MX, "b@fail.test", ANN, NULL}};
	static const struct step refused[] = {
	    {"list", SMTP_RCPT, "192.0.2.1", MX, BOB, ANN, "554 5.7.1 "},
	    {"SPF", SMTP_RCPT, CLEAN, MX, "b@fail.test", ANN, "550 5.7.23 "}};
	struct world *w = *state;

	w->lists[0].settings.shadow = true;
	w->rules[1].of[SPF_FAIL] =
	    (struct check_settings){.action = ACTION_REJECT, .shadow = true};
	check_steps(w, plain, COUNT(plain));
	w->settings.may_switch_on[CHECK_DNSBL] = true;
	w->settings.may_switch_on[CHECK_SPF] = true;
	choose(w, "dnsbl", true);
	choose(w, "spf", true);
	check_steps(w, refused, COUNT(refused));
	w->settings.shadow = true;
	check_steps(w, plain, COUNT(plain));
}

static void
a_recorded_decision_knows_the_choice(void **state)
{
	static const struct step step = {
	    "listed", SMTP_RCPT, CLEAN, MX, SPAM, ANN, NULL};
	struct world *w = *state;
	struct facts facts = {
	    .state = SMTP_RCPT, .helo = MX, .sender = SPAM, .recipient = ANN};
	struct judgement j;
	struct decision d;
	struct rejudged r;

	choose(w, "rhsbl", false);
	j = judge_step(w, &step, false);
	ip_parse(CLEAN, &facts.client);
	d = decision_of(w->arena, &facts, &j, clock_ms());
	assert_int_equal(d.verdict.action, VERDICT_REJECT);
	w->settings.may_switch[CHECK_RHSBL] = true;
	rejudge(&d, &w->settings, w->arena, &r);
	assert_int_equal(r.verdict.action, VERDICT_ACCEPT);
}

#define NEEDS_WORLD(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_WORLD(what_is_switched_off_does_not_count),
	    NEEDS_WORLD(what_is_off_for_others_is_on),
	    NEEDS_WORLD(shadow_mode_is_left_by_who_wants_it),
	    NEEDS_WORLD(a_recorded_decision_knows_the_choice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
