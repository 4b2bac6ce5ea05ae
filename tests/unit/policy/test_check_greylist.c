/* SPDX-License-Identifier: MIT */
#include "message_come.h"

#include "store/sender_rule_table.h"

#define PASSES    "b@pass.test"
#define UNVOUCHED "b@only-a.test"
#define MINUTE    ((int64_t)60 * 1000)
#define LATER     "450 4.7.1 Not seen before"

static int
greylist_set_up(void **state)
{
	struct world *w;

	set_up(state);
	w = *state;
	w->settings.checks[CHECK_GREYLIST].action = ACTION_DEFER;
	w->settings.greylist = (struct greylist_settings){
	    .delay_ms = 5 * MINUTE,
	    .window_ms = 2 * 24 * 60 * MINUTE,
	    .keep_ms = 35 * 24 * 60 * MINUTE,
	    .allow_after = 5,
	    .rows_max = 1000,
	};
	w->judge.greylist = greylist_new();
	return 0;
}

static int
greylist_tear_down(void **state)
{
	struct world *w = *state;

	greylist_free(w->judge.greylist);
	return tear_down(state);
}

static const char *
why_of(const struct judgement *j)
{
	for (size_t i = 0; i < j->n_findings; i++)
		if (strcmp(j->findings[i].check, "greylist") == 0)
			return j->findings[i].why;
	return NULL;
}

/* All have come before, long enough ago. */
static void
make_old(struct world *w)
{
	struct db *db;

	assert_int_equal(store_take(w->store, &db, NULL), RC_OK);
	assert_int_equal(
	    db_run(db, NULL,
		"UPDATE greylist SET first_seen = first_seen - 301", ""),
	    RC_OK);
	store_give(w->store, db);
}

static void
who_is_new_is_put_off(void **state)
{
	static const struct step first[] = {
	    {"by the network", SMTP_RCPT, CLEAN, MX, UNVOUCHED, ANN, LATER},
	    {"to another", SMTP_RCPT, CLEAN, MX, UNVOUCHED,
		"ann+x@remotes.club", LATER},
	    {"by SPF", SMTP_RCPT, CLEAN, MX, PASSES, ANN, LATER},
	    {"the null sender", SMTP_RCPT, CLEAN, MX, "", ANN, NULL},
	    {"postmaster", SMTP_RCPT, CLEAN, MX, UNVOUCHED,
		"postmaster@remotes.club", NULL},
	    {"allowed client", SMTP_RCPT, "198.51.100.7", MX, UNVOUCHED, ANN,
		NULL},
	    {"allowed sender", SMTP_RCPT, CLEAN, MX, "b@friend.test", ANN,
		NULL},
	    {"nobody's mail", SMTP_RCPT, CLEAN, MX, UNVOUCHED, "x@remotes.club",
		"550 5.1.1 User unknown"},
	    {"who is refused", SMTP_RCPT, "192.0.2.1", MX, UNVOUCHED, ANN,
		"554 5.7.1 "},
	    {"before RCPT", SMTP_MAIL, CLEAN, MX, UNVOUCHED, NULL, NULL},
	};
	static const struct step again[] = {
	    {"by the network", SMTP_RCPT, CLEAN, MX, UNVOUCHED, ANN, NULL},
	    {"from its neighbour", SMTP_RCPT, "192.0.2.11", MX, UNVOUCHED, ANN,
		NULL},
	    {"by SPF", SMTP_RCPT, CLEAN, MX, "other@pass.test", ANN, NULL},
	    {"from elsewhere", SMTP_RCPT, "198.18.0.1", MX, UNVOUCHED, ANN,
		LATER},
	    {"another sender", SMTP_RCPT, CLEAN, MX, "c@only-a.test", ANN,
		LATER},
	};
	struct world *w = *state;

	check_steps(w, first, COUNT(first));
	make_old(w);
	check_steps(w, again, COUNT(again));
}

static void
a_domain_passes_from_all_its_hosts(void **state)
{
	static const struct step step = {
	    "pass", SMTP_RCPT, CLEAN, MX, PASSES, ANN, NULL};
	struct world *w = *state;
	struct judgement j = judge_step(w, &step, false);

	CHECK_STR(why_of(&j), "pass.test is new", "the domain is told");
	j = judge_step(w, &step, false);
	CHECK_STR(why_of(&j), "pass.test is back too early", "again");
	make_old(w);
	j = judge_step(w, &step, false);
	CHECK_STR(why_of(&j), "pass.test has come again", "in time");
	j = judge_step(w, &step, false);
	CHECK_STR(why_of(&j), "pass.test is known", "later");
}

static void
it_is_left_to_nobody_who_is_spared(void **state)
{
	static const struct sender_rule rule = {ANN, UNVOUCHED, true, 1};
	static const struct step step = {
	    "let pass", SMTP_RCPT, CLEAN, MX, UNVOUCHED, ANN, NULL};
	static const struct step listed = {
	    "speaks for it", SMTP_RCPT, "192.0.2.1", MX, PASSES, ANN, NULL};
	struct world *w = *state;
	struct judgement j;
	struct db *db;

	assert_int_equal(store_take(w->store, &db, NULL), RC_OK);
	assert_int_equal(sender_rule_put(db, &rule, NULL), RC_OK);
	store_give(w->store, db);
	j = judge_step(w, &step, false);
	assert_int_equal(j.verdict.action, VERDICT_ACCEPT);
	CHECK_STR(why_of(&j), "the member lets the sender pass", "member");
	w->lists[0].settings =
	    (struct check_settings){.action = ACTION_SCORE, .points = -5};
	w->rules[1].of[SPF_FAIL] =
	    (struct check_settings){.action = ACTION_SCORE};
	j = judge_step(w, &listed, false);
	CHECK_STR(why_of(&j), "a list speaks for the client", "list");
	assert_int_equal(j.verdict.action, VERDICT_ACCEPT);
	w->lists[0].settings = (struct check_settings){.action = ACTION_PASS};
	j = judge_step(w, &listed, false);
	CHECK_STR(why_of(&j), "a list speaks for the client", "pass");
	assert_int_equal(j.verdict.action, VERDICT_ACCEPT);
}

static void
shadow_mode_learns(void **state)
{
	static const struct step step = {
	    "pass", SMTP_RCPT, CLEAN, MX, PASSES, ANN, NULL};
	struct world *w = *state;
	struct judgement j;

	w->settings.checks[CHECK_GREYLIST].shadow = true;
	j = judge_step(w, &step, false);
	assert_int_equal(j.verdict.action, VERDICT_ACCEPT);
	assert_int_equal(j.unshadowed.action, VERDICT_DEFER);
	make_old(w);
	w->settings.checks[CHECK_GREYLIST].shadow = false;
	j = judge_step(w, &step, false);
	assert_int_equal(j.verdict.action, VERDICT_ACCEPT);
}

static void
explaining_notes_nothing(void **state)
{
	static const struct step step = {
	    "pass", SMTP_RCPT, CLEAN, MX, PASSES, ANN, NULL};
	struct world *w = *state;

	for (int i = 0; i < 2; i++) {
		struct judgement j = judge_step(w, &step, true);

		CHECK_STR(why_of(&j), "pass.test is new", "again");
	}
}

/* At the end of a message a signature vouches, that of the author first. */
static void
a_signature_vouches(void **state)
{
	static const char text[] = "From: a@strict.test\r\nDate: Sun, 29 Nov "
				   "2026 10:00:00 +0000\r\n\r\nHello!\r\n";
	static const struct {
		const char *name, *sender, *signed_by, *why;
	} rows[] = {
	    {"signed", UNVOUCHED, "signer.test", "signer.test is new"},
	    {"and SPF", PASSES, "signer.test", "signer.test is back too early"},
	    {"SPF alone", PASSES, NULL, "pass.test is new"},
	    {"nobody", UNVOUCHED, NULL, "192.0.2.0/24 b@only-a.test is new"},
	};
	struct world *w = *state;

	w->settings.greylist.at_message = true;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct mail mail = {.name = rows[i].name,
		    .sender = rows[i].sender,
		    .signed_by = rows[i].signed_by,
		    .text = text};
		struct judgement j;
		struct facts facts;

		w->judge.authentication = message_come(w->arena, &mail, NULL);
		judge_forwarded(w, &mail, &j, &facts, 0);
		CHECK_STR(why_of(&j), rows[i].why, rows[i].name);
		authentication_free(w->judge.authentication);
	}
}

#define NEEDS_WORLD(f)                                                         \
	cmocka_unit_test_setup_teardown(f, greylist_set_up, greylist_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_WORLD(who_is_new_is_put_off),
	    NEEDS_WORLD(a_domain_passes_from_all_its_hosts),
	    NEEDS_WORLD(it_is_left_to_nobody_who_is_spared),
	    NEEDS_WORLD(shadow_mode_learns),
	    NEEDS_WORLD(explaining_notes_nothing),
	    NEEDS_WORLD(a_signature_vouches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
