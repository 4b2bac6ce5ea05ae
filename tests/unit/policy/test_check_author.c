/* SPDX-License-Identifier: MIT */
#include "message_come.h"

static void
judge_mail(struct world *w, const struct mail *mail, struct judgement *j,
    struct facts *facts)
{
	judge_forwarded(w, mail, j, facts, 0);
}

static const char *
why_of(const struct judgement *j, const char *check)
{
	for (size_t i = 0; i < j->n_findings; i++)
		if (strcmp(j->findings[i].check, check) == 0)
			return j->findings[i].why;
	return NULL;
}

/* sealed_by: a domain that has seen DMARC pass, or NULL; why: of the finding
   about DMARC, or NULL. */
static void
check_sealed_mail(struct world *w, const struct mail *mail,
    const char *sealed_by, const char *why)
{
	struct judgement j;
	struct facts facts;
	struct decision d;
	const char *reply;

	w->judge.authentication = message_come(w->arena, mail, sealed_by);
	judge_mail(w, mail, &j, &facts);
	d = decision_of(w->arena, &facts, &j, clock_ms());
	reply = j.verdict.action == VERDICT_ACCEPT
		    ? NULL
		    : reply_line(w->arena, &j.verdict.reply);
	if (mail->reply == NULL)
		CHECK_STR(reply, NULL, mail->name);
	else if (reply == NULL ||
		 strncmp(reply, mail->reply, strlen(mail->reply)) != 0)
		fail_msg("%s: answered %s", mail->name,
		    reply == NULL ? "nothing" : reply);
	CHECK_STR(d.dkim, mail->dkim, mail->name);
	CHECK_STR(d.dmarc, mail->dmarc, mail->name);
	CHECK_STR(d.aligned, mail->aligned, mail->name);
	if (why != NULL)
		CHECK_STR(why_of(&j, "dmarc"), why, mail->name);
	authentication_free(w->judge.authentication);
	arena_reset(w->arena);
}

static void
check_mail(struct world *w, const struct mail *mail)
{
	check_sealed_mail(w, mail, NULL, NULL);
}

static void
it_is_known_who_wrote_a_message(void **state)
{
	static const struct mail mails[] = {
	    {"nothing to go by", BOB, NULL, "From: bob@good.test\r\n" HELLO,
		NULL, NULL, "none", "none", "none"},
	    {"signed by the author", BOB, "strict.test", STRICT, NULL, NULL,
		"pass", "pass", "dkim"},
	    {"body changed on the way", BOB, "strict.test", STRICT, "No.\r\n",
		"550 5.7.26 DMARC of strict.test fails", "fail", "fail",
		"none"},
	    {"signed by somebody else", BOB, "signer.test", STRICT, NULL,
		"550 5.7.26 ", "pass", "fail", "none"},
	    {"sent by the author's server", "sue@strict.test", NULL, STRICT,
		NULL, NULL, "none", "pass", "spf"},
	    {"both", "sue@strict.test", "strict.test", STRICT, NULL, NULL,
		"pass", "pass", "spf dkim"},
	    {"without a key", BOB, "good.test", "From: bob@good.test\r\n" HELLO,
		NULL, NULL, "permerror", "none", "none"},
	    {"a key that is not to be had", BOB, "slow.test", STRICT, NULL,
		"550 5.7.26 ", "temperror", "fail", "none"},
	    {"that of the author", BOB, "slow.strict.test", STRICT, NULL, NULL,
		"temperror", "temperror", "none"},
	    {"no author", BOB, NULL, "Subject: hi\r\n" HELLO, NULL,
		"550 5.7.1 The field From must name one author: ", NULL, NULL,
		NULL},
	    {"a notification of nobody", "", NULL,
		"From: MAILER-DAEMON\r\n" HELLO, NULL, NULL, "none", "none",
		"none"},
	    {"a notification of two", "", NULL,
		"From: a@strict.test, b@good.test\r\n" HELLO, NULL,
		"550 5.7.1 The field From must name one author: ", NULL, NULL,
		NULL},
	    {"two fields", BOB, NULL,
		"From: sue@strict.test\r\nFrom: bob@good.test\r\n" HELLO, NULL,
		"550 5.7.1 The field From must name one author: ", NULL, NULL,
		NULL},
	    {"two domains", BOB, NULL,
		"From: sue@strict.test, bob@good.test\r\n" HELLO, NULL,
		"550 5.7.1 The field From must name one author: ", NULL, NULL,
		NULL},
	};
	struct world *w = *state;

	w->settings.checks[CHECK_DMARC] =
	    (struct check_settings){.action = ACTION_REJECT};
	for (size_t i = 0; i < sizeof(mails) / sizeof(*mails); i++)
		check_mail(w, &mails[i]);
}

static void
a_trusted_sealer_is_believed(void **state)
{
	static const struct {
		struct mail mail;
		const char *sealed_by, *why;
	} rows[] = {
	    {{"it saw DMARC pass", BOB, NULL, STRICT, NULL, NULL, "none",
		 "fail", "none"},
		"signer.test",
		"fail; the policy of strict.test is reject; but signer.test, "
		"whose seal is trusted, saw it pass"},
	    {{"and the body was changed since", BOB, NULL, STRICT, "No.\r\n",
		 "550 5.7.26 ", "none", "fail", "none"},
		"signer.test", "fail; the policy of strict.test is reject"},
	    {{"another sealer", BOB, NULL, STRICT, NULL, "550 5.7.26 ", "none",
		 "fail", "none"},
		"strict.test", "fail; the policy of strict.test is reject"},
	    {{"of another author", BOB, NULL,
		 "From: a@www.strict.test\r\n" HELLO, NULL, "550 5.7.26 ",
		 "none", "fail", "none"},
		"signer.test", "fail; the policy of strict.test is reject"},
	};
	struct world *w = *state;

	w->settings.checks[CHECK_DMARC] =
	    (struct check_settings){.action = ACTION_REJECT};
	for (size_t i = 0; i < COUNT(rows); i++)
		check_sealed_mail(w, &rows[i].mail, rows[i].sealed_by,
		    rows[i].why);
}

/* Of some of them nothing passes. */
static void
a_trusted_list_may_fail(void **state)
{
	static const char *const lists[] = {
	    "signer.test", "pass.test", "soft.test"};
	static const char *const failed =
	    "fail; the policy of strict.test is reject";
	static const struct {
		struct mail mail;
		const char *why;
	} rows[] = {
	    {{"it has signed it", BOB, "signer.test", STRICT, NULL, NULL,
		 "pass", "fail", "none"},
		"fail; the policy of strict.test is reject; but it came by the "
		"list signer.test, which is trusted"},
	    {{"SPF passes for it", "list-owner@pass.test", NULL, STRICT, NULL,
		 NULL, "none", "fail", "none"},
		"fail; the policy of strict.test is reject; but it came by the "
		"list pass.test, which is trusted"},
	    {{"its signature does not hold", BOB, "signer.test", STRICT,
		 "No.\r\n", "550 5.7.26 ", "fail", "fail", "none"},
		NULL},
	    {{"it only says so", BOB, NULL,
		 "List-Id: <club.signer.test>\r\n" STRICT, NULL, "550 5.7.26 ",
		 "none", "fail", "none"},
		NULL},
	    {{"SPF does not pass for it", "a@soft.test", NULL, STRICT, NULL,
		 "550 5.7.26 ", "none", "fail", "none"},
		NULL},
	    {{"what is the author's needs no list", "sue@strict.test", NULL,
		 STRICT, NULL, NULL, "none", "pass", "spf"},
		"pass; the policy of strict.test is reject"},
	};
	struct world *w = *state;

	w->settings.trusted_lists = lists;
	w->settings.n_trusted_lists = COUNT(lists);
	w->settings.checks[CHECK_DMARC] =
	    (struct check_settings){.action = ACTION_REJECT};
	for (size_t i = 0; i < COUNT(rows); i++)
		check_sealed_mail(w, &rows[i].mail, NULL,
		    rows[i].why == NULL ? failed : rows[i].why);
}

static void
policies_refuse_nobody_by_themselves(void **state)
{
	static const struct mail mail = {"forged", BOB, "signer.test", STRICT,
	    "No.\r\n", NULL, "fail", "fail", "none"};

	check_mail(*state, &mail);
}

static void
members_are_believed(void **state)
{
	static const struct mail mail = {"without an author", BOB, NULL,
	    "Subject: hi\r\n" HELLO, NULL, NULL, "none", "none", "none"};
	struct world *w = *state;

	w->sasl_user = "ann";
	check_mail(w, &mail);
}

/* What is certain to be asked is asked in one go, SPF's question too. */
static void
questions_are_asked_together(void **state)
{
	static const struct mail mail = {"together", "sue@strict.test",
	    "strict.test", STRICT, NULL, NULL, "pass", "pass", "spf dkim"};
	static const char *const names[] = {"strict.test",
	    "key._domainkey.strict.test", "_dmarc.strict.test", "_dmarc.test"};
	struct world *w = *state;
	struct judgement j;
	struct facts facts;

	w->judge.authentication = message_come(w->arena, &mail, NULL);
	judge_mail(w, &mail, &j, &facts);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t asked = 0;

		for (size_t k = 0; k < j.n_queries; k++)
			asked += j.queries[k].type == DNS_TXT &&
				 strcmp(j.queries[k].name, names[i]) == 0;
		CHECK(asked >= 1, names[i]);
	}
	authentication_free(w->judge.authentication);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(it_is_known_who_wrote_a_message,
		set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		policies_refuse_nobody_by_themselves, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_trusted_list_may_fail, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(a_trusted_sealer_is_believed,
		set_up, tear_down),
	    cmocka_unit_test_setup_teardown(members_are_believed, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(questions_are_asked_together,
		set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
