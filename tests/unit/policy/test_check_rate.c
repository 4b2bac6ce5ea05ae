/* SPDX-License-Identifier: MIT */
#include "judge_world.h"

#define HOUR ((int64_t)3600 * 1000)

static int
rate_set_up(void **state)
{
	struct world *w;

	clock_set(1800000000, 1000);
	set_up(state);
	w = *state;
	w->judge.rates = rates_new();
	w->judge.takes = true;
	return 0;
}

static int
rate_tear_down(void **state)
{
	struct world *w = *state;

	rates_free(w->judge.rates);
	return tear_down(state);
}

static const struct step mail = {"mail", SMTP_RCPT, CLEAN, MX, BOB, ANN, NULL};

static unsigned
accepted(struct world *w, const struct step *step, unsigned tries)
{
	unsigned n = 0;

	for (unsigned i = 0; i < tries; i++)
		n +=
		    judge_step(w, step, false).verdict.action == VERDICT_ACCEPT;
	return n;
}

static void
without_a_limit_all_pass(void **state)
{
	assert_int_equal(accepted(*state, &mail, 50), 50);
}

static void
each_limit_counts_what_it_is_about(void **state)
{
	static const struct step wrong = {
	    "refused", SMTP_RCPT, CLEAN, "not a name", BOB, ANN, NULL};
	static const struct step role = {
	    "role", SMTP_RCPT, CLEAN, MX, BOB, "postmaster@remotes.club", NULL};
	static const struct {
		enum rate_kind kind;
		const char *sasl_user, *reply;
	} rows[] = {
	    {RATE_SENDER, "sue",
		"450 4.7.1 You send too much mail: try again in 7"},
	    {RATE_MEMBER, NULL,
		"450 4.7.1 The recipient gets too much mail: try again in 7"},
	    {RATE_TARGET, NULL,
		"450 4.7.1 The recipient's mailbox gets too much mail"},
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct judgement j;

		w->settings.rates[rows[i].kind] = (struct rate_limit){5, HOUR};
		w->sasl_user = rows[i].sasl_user;
		/* What is refused anyway counts for nothing. */
		if (rows[i].sasl_user == NULL)
			assert_int_equal(accepted(w, &wrong, 20), 0);
		assert_int_equal(accepted(w, &mail, 20), 5);
		j = judge_step(w, &mail, false);
		CHECK(strncmp(reply_line(w->arena, &j.verdict.reply),
			  rows[i].reply, strlen(rows[i].reply)) == 0,
		    reply_line(w->arena, &j.verdict.reply));
		if (rows[i].sasl_user == NULL)
			assert_int_equal(accepted(w, &role, 20), 20);
		w->settings.rates[rows[i].kind].most = 0;
	}
}

/* Whoever is over one limit uses up none of another. */
static void
what_is_put_off_is_counted_nowhere(void **state)
{
	struct world *w = *state;

	w->settings.rates[RATE_MEMBER] = (struct rate_limit){10, HOUR};
	w->settings.rates[RATE_TARGET] = (struct rate_limit){5, HOUR};
	assert_int_equal(accepted(w, &mail, 30), 5);
	w->settings.rates[RATE_TARGET].most = 0;
	assert_int_equal(accepted(w, &mail, 30), 5);
}

static void
one_program_counts(void **state)
{
	struct world *w = *state;

	w->settings.rates[RATE_MEMBER] = (struct rate_limit){5, HOUR};
	w->judge.takes = false;
	assert_int_equal(accepted(w, &mail, 20), 20);
	w->judge.takes = true;
	judge_step(w, &mail, true); /* explain */
	assert_int_equal(accepted(w, &mail, 20), 5);
	assert_int_equal(judge_step(w, &mail, true).verdict.action,
	    VERDICT_DEFER);
}

static void
shadow_mode_lets_pass(void **state)
{
	struct world *w = *state;
	struct judgement j;

	w->settings.rates[RATE_MEMBER] = (struct rate_limit){5, HOUR};
	w->settings.checks[CHECK_RATE_MEMBER].shadow = true;
	assert_int_equal(accepted(w, &mail, 20), 20);
	j = judge_step(w, &mail, false);
	assert_int_equal(j.unshadowed.action, VERDICT_DEFER);
}

#define NEEDS_WORLD(f)                                                         \
	cmocka_unit_test_setup_teardown(f, rate_set_up, rate_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_WORLD(without_a_limit_all_pass),
	    NEEDS_WORLD(each_limit_counts_what_it_is_about),
	    NEEDS_WORLD(what_is_put_off_is_counted_nowhere),
	    NEEDS_WORLD(one_program_counts),
	    NEEDS_WORLD(shadow_mode_lets_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
