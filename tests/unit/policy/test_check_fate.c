/* SPDX-License-Identifier: MIT */
#include "message_come.h"

#include "base/str.h"

/* As struct mail has it. */
#define COPY(name, sender, signer, text)                                       \
	{                                                                      \
		name, sender, signer, text, NULL, NULL, NULL, NULL, NULL       \
	}
#define DATE       "Date: Fri, 27 Nov 2026 10:00:00 +0000\r\n"
#define FULL       DATE "Message-ID: <1@x>\r\n"
#define TO_FORWARD "From: sue@strict.test\r\n" FULL

/* What becomes of its copy: of the facts to the case. */
static void
the_fate_of_a_copy_follows_of_what_was_found(void **state)
{
	static const struct {
		struct mail mail;
		const char *fate_case, *survives, *at;
	} rows[] = {
	    {COPY("signed", BOB, "strict.test", TO_FORWARD HELLO), "aligned",
		"yes", NULL},
	    {COPY("signed, 8 bits", BOB, "strict.test",
		 TO_FORWARD "\r\nGr\xc3\xbc\xc3\x9f"
			    "e\r\n"),
		"aligned", "unsure",
		"gmail:unsure,outlook:unsure,yahoo:unsure,icloud:unsure,"
		"strict:unsure"},
	    {COPY("two subjects", BOB, "strict.test",
		 TO_FORWARD "Subject: a\r\nSubject: b\r\n" HELLO),
		"aligned", "yes", "gmail:5.7.1,strict:5.7.1"},
	    {COPY("no message id", BOB, "strict.test", STRICT), "aligned",
		"yes", "gmail:5.7.1,strict:unsure"},
	    {COPY("no date", BOB, "strict.test",
		 "From: sue@strict.test\r\nMessage-ID: <1@x>\r\n" HELLO),
		"aligned", "yes", "strict:unsure"},
	    {COPY("two addresses", BOB, "strict.test",
		 "From: sue@strict.test, pat@strict.test\r\n" FULL HELLO),
		"aligned", "yes", "gmail:5.7.1"},
	    {COPY("SPF only", "sue@strict.test", NULL, TO_FORWARD HELLO),
		"spf-only", "no",
		"gmail:5.7.26,outlook:5.7.509,yahoo:5.7.9,icloud:5.7.1,"
		"strict:5.7.26"},
	    {COPY("another signs", BOB, "signer.test", TO_FORWARD HELLO),
		"policy-fails", "no",
		"gmail:5.7.26,outlook:5.7.509,yahoo:5.7.9,icloud:5.7.1,"
		"strict:5.7.26"},
	    {COPY("nobody signs", BOB, NULL, TO_FORWARD HELLO), "forged", "no",
		"gmail:5.7.26,outlook:5.7.509,yahoo:5.7.9,icloud:5.7.1,"
		"strict:5.7.26"},
	    {COPY("the author's key is not to be had, and SPF would not do",
		 "sue@strict.test", "slow.strict.test", TO_FORWARD HELLO),
		"unknown", "no",
		"gmail:unsure,outlook:unsure,yahoo:unsure,icloud:unsure,"
		"strict:unsure"},
	    {COPY("somebody's key is not to be had", "sue@strict.test",
		 "slow.test", TO_FORWARD HELLO),
		"spf-only", "no",
		"gmail:5.7.26,outlook:5.7.509,yahoo:5.7.9,icloud:5.7.1,"
		"strict:5.7.26"},
	    {COPY("nobody has a policy", BOB, NULL,
		 "From: bob@good.test\r\n" FULL HELLO),
		"unauthenticated", "no", "outlook:unsure"},
	};
	struct world *w = *state;
	struct judgement j;
	struct facts facts;

	w->settings.checks[CHECK_FATE].shadow = true;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct mail *mail = &rows[i].mail;
		struct decision d;

		w->judge.authentication = message_come(w->arena, mail, NULL);
		judge_forwarded(w, mail, &j, &facts, 1);
		d = decision_of(w->arena, &facts, &j, clock_ms());
		CHECK_STR(d.fate_case, rows[i].fate_case, mail->name);
		CHECK_STR(d.survives, rows[i].survives, mail->name);
		CHECK_STR(d.fate_at, rows[i].at, mail->name);
		CHECK(d.fate_shadow && d.verdict.action == VERDICT_ACCEPT,
		    mail->name);
		authentication_free(w->judge.authentication);
		arena_reset(w->arena);
	}
}

/* Of a copy to that, "gmail:5.7.26" and the like. */
static const char *
fate_at_targets(struct world *w, const char *targets)
{
	static const struct mail mail =
	    COPY("SPF only", "sue@strict.test", NULL, TO_FORWARD HELLO);
	const char *at;
	struct judgement j;
	struct facts facts = {
	    .state = SMTP_END_OF_MESSAGE,
	    .helo = MX,
	    .sender = mail.sender,
	    .message = {.known = true,
		.recipients = 1,
		.forwarded = 1,
		.target_domains = targets},
	};

	w->judge.authentication = message_come(w->arena, &mail, NULL);
	ip_parse(CLEAN, &facts.client);
	facts_complete(&facts, w->arena, "+", w->settings.hostname);
	judge_facts(&w->judge, &facts, w->transaction, w->arena, &j);
	at = decision_of(w->arena, &facts, &j, clock_ms()).fate_at;
	authentication_free(w->judge.authentication);
	return at;
}

/* Of a header that is longer than what is kept nobody says that it lacks a
   field. */
static void
nothing_is_missing_where_nobody_has_looked(void **state)
{
	struct world *w = *state;
	struct mail mail = COPY("long", BOB, NULL, NULL);
	struct judgement j;
	struct facts facts;
	struct str text;

	str_init(&text, w->arena);
	str_add(&text, "From: bob@good.test\r\n");
	for (int i = 0; i < 600; i++)
		str_addf(&text, "X-Filler: %0990d\r\n", i);
	str_add(&text, &TO_FORWARD[strlen("From: sue@strict.test\r\n")]);
	str_add(&text, HELLO);
	mail.text = text.text;
	w->judge.authentication = message_come(w->arena, &mail, NULL);
	judge_forwarded(w, &mail, &j, &facts, 1);
	CHECK_STR(fate_case_name(j.fate->what), "unauthenticated", mail.name);
	CHECK(j.fate->at[FATE_GMAIL].outcome == FATE_ACCEPTED, mail.name);
	authentication_free(w->judge.authentication);
}

static void
who_is_trusted_vouches(void **state)
{
	static const char *const lists[] = {"signer.test"};
	static const struct {
		struct mail mail;
		const char *sealed_by;
		bool lists;
		const char *fate_case, *fate;
	} rows[] = {
	    {COPY("a list, which nobody knows", BOB, "signer.test",
		 TO_FORWARD HELLO),
		NULL, false, "policy-fails", "hold"},
	    {COPY("that is trusted", BOB, "signer.test", TO_FORWARD HELLO),
		NULL, true, "policy-fails", "sign"},
	    {COPY("sealed", BOB, NULL, TO_FORWARD HELLO), "signer.test", false,
		"policy-fails", "sign"},
	    {COPY("sealed by somebody", BOB, NULL, TO_FORWARD HELLO),
		"strict.test", false, "forged", "reject"},
	};
	struct world *w = *state;

	w->settings.fate.policy_fails = FATE_HOLD;
	w->settings.fate.spf_only = FATE_REJECT;
	w->settings.trusted_lists = lists;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct mail *mail = &rows[i].mail;
		struct judgement j;
		struct facts facts;
		struct decision d;

		w->settings.n_trusted_lists = rows[i].lists;
		w->judge.authentication =
		    message_come(w->arena, mail, rows[i].sealed_by);
		judge_forwarded(w, mail, &j, &facts, 1);
		d = decision_of(w->arena, &facts, &j, clock_ms());
		CHECK_STR(d.fate_case, rows[i].fate_case, mail->name);
		CHECK_STR(d.fate, rows[i].fate, mail->name);
		authentication_free(w->judge.authentication);
		arena_reset(w->arena);
	}
}

#define FIVE_TIMES                                                             \
	"to-gmail.test to-gmail.test to-gmail.test to-gmail.test "             \
	"to-gmail.test"

/* That a name cannot be asked, or does not answer, delays nobody. */
static void
only_those_are_asked_who_will_get_it(void **state)
{
	static const struct {
		const char *targets, *at;
	} rows[] = {
	    {"to-gmail.test", "gmail:5.7.26"},
	    {"to-gmail.test to-outlook.test", "gmail:5.7.26,outlook:5.7.509"},
	    {"good.test", "strict:5.7.26"},
	    {"nowhere.test", "strict:5.7.26"},
	    {"null-mx.test", "strict:5.7.26"},
	    {"slow.test", "strict:5.7.26"},
	    {"[192.0.2.1]", "strict:5.7.26"},
	    {"to-gmail.test slow.test", "gmail:5.7.26,strict:5.7.26"},
	    {FIVE_TIMES " " FIVE_TIMES, "gmail:5.7.26"},
	    {FIVE_TIMES " " FIVE_TIMES " and-more.test",
		"gmail:5.7.26,strict:5.7.26"},
	};
	struct world *w = *state;

	w->settings.checks[CHECK_FATE].shadow = true;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_STR(fate_at_targets(w, rows[i].targets), rows[i].at,
		    rows[i].targets);
}

/* Where nothing else is asked: no name of a client, no sender, no author. */
static void
who_will_get_it_is_all_that_is_asked(void **state)
{
	static const struct mail mail =
	    COPY("of nobody", "", NULL, "Subject: x\r\n" FULL HELLO);
	struct world *w = *state;
	struct judgement j;
	struct facts facts = {
	    .state = SMTP_END_OF_MESSAGE,
	    .helo = "{x}",
	    .sender = mail.sender,
	    .message = {.known = true,
		.recipients = 1,
		.forwarded = 1,
		.target_domains = "to-gmail.test"},
	};

	w->judge.authentication = message_come(w->arena, &mail, NULL);
	ip_parse(CLEAN, &facts.client);
	facts_complete(&facts, w->arena, "+", w->settings.hostname);
	judge_facts(&w->judge, &facts, w->transaction, w->arena, &j);
	CHECK_STR(fate_case_name(j.fate->what), "no-author", mail.name);
	CHECK(j.fate->receivers == 1U << FATE_GMAIL, mail.name);
	authentication_free(w->judge.authentication);
}

#define S50  "ssssssssssssssssssssssssssssssssssssssssssssssssss"
#define S300 S50 S50 S50 S50 S50 S50

static void
an_author_is_rewritten_who_can_be_answered_to(void **state)
{
	static const struct {
		struct mail mail;
		const char *fate;
	} rows[] = {
	    {COPY("one", "sue@strict.test", NULL, TO_FORWARD HELLO), "rewrite"},
	    {COPY("of two", "sue@strict.test", NULL,
		 "From: sue@strict.test, pat@strict.test\r\n" FULL HELLO),
		"reject"},
	    {COPY("whose address is too long", "sue@strict.test", NULL,
		 "From: " S300 "@strict.test\r\n" FULL HELLO),
		"reject"},
	    {COPY("whose address has a control", "sue@strict.test", NULL,
		 "From: \"s\x01\"@strict.test\r\n" FULL HELLO),
		"reject"},
	};
	struct world *w = *state;

	w->settings.fate.spf_only = FATE_REWRITE;
	w->settings.fate.from_domain = "fwd.remotes.test";
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct mail *mail = &rows[i].mail;
		struct judgement j;
		struct facts facts;

		w->judge.authentication = message_come(w->arena, mail, NULL);
		judge_forwarded(w, mail, &j, &facts, 1);
		CHECK_STR(decision_of(w->arena, &facts, &j, clock_ms()).fate,
		    rows[i].fate, mail->name);
		authentication_free(w->judge.authentication);
		arena_reset(w->arena);
	}
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ROW(the_fate_of_a_copy_follows_of_what_was_found),
	    ROW(nothing_is_missing_where_nobody_has_looked),
	    ROW(who_is_trusted_vouches),
	    ROW(an_author_is_rewritten_who_can_be_answered_to),
	    ROW(only_those_are_asked_who_will_get_it),
	    ROW(who_will_get_it_is_all_that_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
