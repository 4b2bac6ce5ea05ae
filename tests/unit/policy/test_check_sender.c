/* SPDX-License-Identifier: MIT */
/* Nobody gets round a check of his name or sender by leaving it out, or by
   writing it so that Postfix makes another one of it. */
#include "judge_world.h"

#define UTF8_E "\xc3\xa9"

/* Every way to write a sender of a domain whose SPF record, DNS list entry or
   null MX speaks against it: refused, as it is when it is plainly written. */
static void
odd_senders_are_refused(void **state)
{
	static const char *const domains_against[] = {"mute.test", "none.test",
	    "null-mx.test", "spam.test", "remotes.club"};
	static const char *const forms[] = {
	    "b%%%s",
	    "%s!b",
	    "b%%a%%%s",
	    "%s!a!b",
	    "%s!b%%pass.test",
	    "b%%%s.",
	    "%%%s",
	    "%s!",
	    "b b%%%s",
	    "\"b%%%s",
	    "b(x)%%%s",
	    "@%s",
	    "b@%s..",
	    "b@.%s",
	    "b@[%s]",
	    "b@(x)%s",
	    "b@" UTF8_E "..%s",
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(domains_against); i++)
		for (size_t k = 0; k < COUNT(forms); k++) {
			char sender[100];
			struct step step = {forms[k], SMTP_RCPT, CLEAN, MX,
			    sender, ANN, "550 5.1.7 Sender address has no"};

			snprintf(sender, sizeof(sender), forms[k],
			    domains_against[i]);
			check_steps(w, &step, 1);
		}
}

static void
a_sender_without_a_domain_is_refused(void **state)
{
	static const struct step steps[] = {
	    {"bare", SMTP_RCPT, CLEAN, MX, "ann", ANN,
		"550 5.1.7 Sender address has no domain; it was ann"},
	    {"bare, at MAIL", SMTP_MAIL, CLEAN, MX, "ann", NULL, "550 5.1.7 "},
	    {"to postmaster too", SMTP_RCPT, CLEAN, MX, "ann", "postmaster",
		"550 5.1.7 "},
	    {"postmaster", SMTP_RCPT, CLEAN, MX, "postmaster", ANN,
		"550 5.1.7 "},
	    {"Postfix makes it null", SMTP_RCPT, CLEAN, MX, "Mailer-Daemon",
		ANN, "550 5.1.7 "},
	    {"two quotes", SMTP_RCPT, CLEAN, MX, "''", ANN, "550 5.1.7 "},
	    {"one label", SMTP_RCPT, CLEAN, MX, "b@host", ANN,
		"550 5.1.7 Sender address has no fully qualified domain"},
	    {"a number", SMTP_RCPT, CLEAN, MX, "b@192.0.2.10", ANN,
		"550 5.1.7 Sender address has no valid domain"},
	    {"a control character", SMTP_RCPT, CLEAN, MX, "b\x01@good.test",
		ANN, "550 5.1.7 Sender address has characters"},
	    {"no UTF-8", SMTP_RCPT, CLEAN, MX, "b\xff@good.test", ANN,
		"550 5.1.7 "},
	    {"trusted, bare", SMTP_RCPT, "198.51.100.7", MX, "ann", ANN, NULL},
	    {"no allow list knows what is no mailbox", SMTP_RCPT, CLEAN, MX,
		"a%friend.test", ANN, "550 5.1.7 "},
	    {"nor a bare name", SMTP_RCPT, CLEAN, MX, "friend.test!a", ANN,
		"550 5.1.7 "},
	};

	check_steps(*state, steps, COUNT(steps));
}

/* With sender_syntax off, what Postfix makes of a sender is judged. */
static void
what_is_let_pass_is_judged_as_postfix_sends_it(void **state)
{
	static const struct step steps[] = {
	    {"percent", SMTP_RCPT, CLEAN, MX, "b%mute.test", ANN,
		"550 5.7.23 "},
	    {"bang", SMTP_RCPT, CLEAN, MX, "mute.test!b", ANN, "550 5.7.23 "},
	    {"both", SMTP_RCPT, CLEAN, MX, "mute.test!b%pass.test", ANN,
		"550 5.7.23 "},
	    {"percent before an at", SMTP_RCPT, CLEAN, MX,
		"b%mute.test@pass.test", ANN, NULL},
	    {"unknown", SMTP_RCPT, CLEAN, MX, "b%none.test", ANN, "450 4.1.8 "},
	    {"null MX", SMTP_RCPT, CLEAN, MX, "b%null-mx.test", ANN,
		"550 5.7.27 "},
	    {"listed", SMTP_RCPT, CLEAN, MX, "spam.test!b", ANN,
		"554 5.7.1 Service unavailable; sender domain spam.test"},
	    {"no name", SMTP_RCPT, CLEAN, MX, "b@no..ne", ANN, "450 4.1.8 "},
	    {"good", SMTP_RCPT, CLEAN, MX, "b%good.test", ANN, NULL},
	};
	struct world *w = *state;

	w->settings.checks[CHECK_SENDER_SYNTAX].action = ACTION_OFF;
	check_steps(w, steps, COUNT(steps));
	w->settings.checks[CHECK_SENDER_SYNTAX] =
	    checks[CHECK_SENDER_SYNTAX]->def;
}

static void
odd_recipients_are_looked_up_as_postfix_will(void **state)
{
	static const struct step steps[] = {
	    {"percent", SMTP_RCPT, CLEAN, MX, BOB, "ann%remotes.club", NULL},
	    {"percent, unknown", SMTP_RCPT, CLEAN, MX, BOB, "x%remotes.club",
		"550 5.1.1 User unknown"},
	    {"bang, unknown", SMTP_RCPT, CLEAN, MX, BOB, "remotes.club!x",
		"550 5.1.1 User unknown"},
	    {"an at inside", SMTP_RCPT, CLEAN, MX, BOB, "ann@x@remotes.club",
		"550 5.1.1 User unknown"},
	    {"specials", SMTP_RCPT, CLEAN, MX, BOB, "a(n@remotes.club",
		"550 5.1.1 User unknown"},
	    {"nobody", SMTP_RCPT, CLEAN, MX, BOB, "@remotes.club",
		"550 5.1.3 Bad recipient address syntax"},
	    {"a control character", SMTP_RCPT, CLEAN, MX, BOB,
		"\x02@remotes.club", "550 5.1.3 "},
	    {"elsewhere", SMTP_RCPT, CLEAN, MX, BOB, "@elsewhere.test", NULL},
	    {"no domain at all", SMTP_RCPT, CLEAN, MX, BOB, "x@a..b", NULL},
	};

	check_steps(*state, steps, COUNT(steps));
}

static void
no_helo_is_no_excuse(void **state)
{
	static const struct step steps[] = {
	    {"good sender", SMTP_RCPT, CLEAN, NULL, "b@pass.test", ANN,
		"550 5.5.1 Send EHLO first"},
	    {"an empty one", SMTP_RCPT, CLEAN, "", BOB, ANN,
		"550 5.5.1 Send EHLO first"},
	    {"at MAIL", SMTP_MAIL, CLEAN, NULL, BOB, NULL, "550 5.5.1 "},
	    {"at DATA", SMTP_DATA, CLEAN, NULL, BOB, NULL, "550 5.5.1 "},
	    {"null sender", SMTP_RCPT, CLEAN, NULL, "", ANN, "550 5.5.1 "},
	    {"nobody sends", SMTP_VRFY, CLEAN, NULL, "", ANN, NULL},
	    {"not yet", SMTP_CONNECT, CLEAN, NULL, NULL, NULL, NULL},
	    {"to postmaster", SMTP_RCPT, CLEAN, NULL, BOB,
		"postmaster@remotes.club", NULL},
	    {"trusted", SMTP_RCPT, "198.51.100.7", NULL, BOB, ANN, NULL},
	};
	static const struct step let_pass[] = {
	    {"fail", SMTP_RCPT, CLEAN, NULL, "b@mute.test", ANN, "550 5.7.23 "},
	    {"empty, fail", SMTP_RCPT, CLEAN, "", "b@mute.test", ANN,
		"550 5.7.23 "},
	    {"%{h}", SMTP_RCPT, CLEAN, NULL, "b@asks-helo.test", ANN,
		"550 5.7.23 SPF fail; asks-helo.test explains: unknown"},
	    {"pass", SMTP_RCPT, CLEAN, NULL, "b@pass.test", ANN, NULL},
	    {"null sender", SMTP_RCPT, CLEAN, NULL, "", ANN, NULL},
	};
	struct world *w = *state;

	check_steps(w, steps, COUNT(steps));
	w->settings.checks[CHECK_HELO_SYNTAX].action = ACTION_OFF;
	check_steps(w, let_pass, COUNT(let_pass));
	w->settings.checks[CHECK_HELO_SYNTAX] = checks[CHECK_HELO_SYNTAX]->def;
}

/* The header is written, with what is known. */
static void
spf_without_helo_leaves_its_header(void **state)
{
	static const struct step step = {"pass", SMTP_RCPT, CLEAN, NULL,
	    "b@pass.test", "postmaster@remotes.club", NULL};
	struct world *w = *state;
	struct judgement j;

	w->settings.checks[CHECK_HELO_SYNTAX].action = ACTION_OFF;
	j = judge_step(w,
	    &(struct step){step.name, step.state, step.client, NULL,
		step.sender, ANN, NULL},
	    false);
	w->settings.checks[CHECK_HELO_SYNTAX] = checks[CHECK_HELO_SYNTAX]->def;
	assert_non_null(strstr(j.header, "Received-SPF: pass ("));
	assert_null(strstr(j.header, "helo="));
}

#define FIRST "192.0.2.77" /* a stranger */

static void
nobody_else_is_one_of_us(void **state)
{
	static const char *const srs_domains[] = {"ours-srs.test"};
	static const char *const secrets[] = {"secret"};
	static const char *const served[] = {"remotes.club", "ours-hard.test",
	    "ours-soft.test", "ours-wrong.test", "ours-waits.test"};
	static const struct srs srs = {
	    srs_domains, 1, {NULL, NULL}, NULL, secrets, 1, 21, 4, 4};
	static const struct step steps[] = {
	    {"it may", SMTP_RCPT, CLEAN, MX, "kim@ours-soft.test", ANN, NULL},
	    {"-all", SMTP_RCPT, FIRST, MX, "kim@ours-hard.test", ANN,
		"550 5.7.23 "},
	    {"~all", SMTP_RCPT, FIRST, MX, "kim@ours-soft.test", ANN,
		"550 5.7.1 Sender is in our domain ours-soft.test, and client "
		"[192.0.2.77] is not known to send for it; please "
		"authenticate, or use its own mail server"},
	    {"to postmaster", SMTP_RCPT, FIRST, MX, "kim@ours-hard.test",
		"postmaster@remotes.club", "550 5.7.1 Sender is in our"},
	    {"permerror", SMTP_RCPT, FIRST, MX, "kim@ours-wrong.test", ANN,
		"550 5.7.1 Sender is in our"},
	    {"temperror", SMTP_RCPT, FIRST, MX, "kim@ours-waits.test", ANN,
		"451 4.4.3 "},
	    {"percent hack", SMTP_RCPT, FIRST, MX, "x%y@ours-soft.test", ANN,
		"550 5.7.1 Sender is in our"},
	    {"upper case", SMTP_RCPT, FIRST, MX, "KIM@OURS-SOFT.TEST.", ANN,
		"550 5.7.1 Sender is in our"},
	    {"an at inside", SMTP_RCPT, FIRST, MX, "b@pass.test@ours-soft.test",
		ANN, "550 5.7.1 Sender is in our"},
	    {"no record: points", SMTP_RCPT, FIRST, MX, "kim@remotes.club", ANN,
		NULL},
	    {"our host name", SMTP_RCPT, FIRST, MX, "root@mx.remotes.club", ANN,
		"450 4.1.8 "},
	    {"our address", SMTP_RCPT, FIRST, MX, "kim@[203.0.113.1]", ANN,
		NULL},
	    {"our SRS domain", SMTP_RCPT, FIRST, MX, "kim@ours-srs.test", ANN,
		"550 5.7.1 Sender is in our"},
	    {"SRS, tampered", SMTP_RCPT, FIRST, MX,
		"SRS0=691N=7G=example.com=mallory@ours-srs.test", ANN,
		"550 5.7.1 Sender is in our"},
	    {"SRS", SMTP_RCPT, FIRST, MX,
		"SRS0=691N=7G=example.com=alice@ours-srs.test", ANN, NULL},
	    {"null", SMTP_RCPT, FIRST, MX, "", ANN, NULL},
	    {"below a domain of ours", SMTP_RCPT, FIRST, MX,
		"kim@sub.remotes.club", ANN, "450 4.1.8 "},
	    {"our other exchanger", SMTP_RCPT, "192.0.2.20", MX,
		"kim@ours-soft.test", ANN, NULL},
	    {"this machine", SMTP_RCPT, "127.0.0.1", MX, "kim@ours-soft.test",
		ANN, NULL},
	    {"our network", SMTP_RCPT, "198.51.100.7", MX, "kim@ours-soft.test",
		ANN, NULL},
	};
	static const struct step authenticated = {"authenticated", SMTP_RCPT,
	    FIRST, MX, "kim@ours-hard.test", ANN, NULL};
	struct world *w = *state;

	clock_set(1767225600, 1000);
	w->forwards.domains = served;
	w->forwards.n_domains = 5;
	w->return_path.srs = &srs;
	check_steps(w, steps, COUNT(steps));
	w->sasl_user = "kim";
	check_steps(w, &authenticated, 1);
	w->sasl_user = NULL;
	w->forwards.domains = domains;
	w->forwards.n_domains = 1;
	w->return_path.srs = NULL;
}

/* Whatever is done about SPF in general. */
static void
sender_ours_needs_no_other_check(void **state)
{
	static const struct step steps[] = {
	    {"-all", SMTP_RCPT, FIRST, MX, "kim@ours-hard.test", ANN,
		"550 5.7.1 Sender is in our"},
	    {"it may", SMTP_RCPT, CLEAN, MX, "kim@ours-hard.test", ANN, NULL},
	};
	static const struct step step = {
	    "none", SMTP_RCPT, FIRST, MX, "kim@remotes.club", ANN, NULL};
	static const char *const served[] = {"remotes.club", "ours-hard.test"};
	struct world *w = *state;
	struct judgement j;

	w->forwards.domains = served;
	w->forwards.n_domains = 2;
	w->settings.checks[CHECK_SPF].action = ACTION_OFF;
	check_steps(w, steps, COUNT(steps));
	j = judge_step(w, &step, false);
	assert_int_equal(j.verdict.points, CHECK_POINTS);
	w->settings.checks[CHECK_SENDER_OURS].shadow = true;
	j = judge_step(w, &steps[0], false);
	assert_int_equal(j.verdict.action, VERDICT_ACCEPT);
	assert_int_equal(j.unshadowed.action, VERDICT_REJECT);
	w->settings.checks[CHECK_SENDER_OURS].shadow = false;
	w->settings.checks[CHECK_SENDER_OURS].action = ACTION_OFF;
	j = judge_step(w, &step, false);
	assert_int_equal(j.verdict.points, 0);
	w->settings.checks[CHECK_SENDER_OURS] = checks[CHECK_SENDER_OURS]->def;
	w->settings.checks[CHECK_SPF] = checks[CHECK_SPF]->def;
	w->forwards.domains = domains;
	w->forwards.n_domains = 1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(odd_senders_are_refused),
	    cmocka_unit_test(a_sender_without_a_domain_is_refused),
	    cmocka_unit_test(what_is_let_pass_is_judged_as_postfix_sends_it),
	    cmocka_unit_test(odd_recipients_are_looked_up_as_postfix_will),
	    cmocka_unit_test(no_helo_is_no_excuse),
	    cmocka_unit_test(spf_without_helo_leaves_its_header),
	    cmocka_unit_test(nobody_else_is_one_of_us),
	    cmocka_unit_test(sender_ours_needs_no_other_check),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
