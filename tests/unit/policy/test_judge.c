/* SPDX-License-Identifier: MIT */
#include "judge_world.h"
#include "policy/srs_tries.h"

static void
each_check_gives_its_answer(void **state)
{
	static const struct step steps[] = {
	    {"clean", SMTP_RCPT, CLEAN, MX, BOB, ANN, NULL},
	    {"extension", SMTP_RCPT, CLEAN, MX, BOB, "Ann+x@Remotes.Club",
		NULL},
	    {"no forward", SMTP_RCPT, CLEAN, MX, BOB, "eve@remotes.club",
		"550 5.1.1 No forwarding address"},
	    {"all targets fail", SMTP_RCPT, CLEAN, MX, BOB, "kim@remotes.club",
		"450 4.2.1 The mailbox takes no mail at the moment"},
	    {"no account", SMTP_RCPT, CLEAN, MX, BOB, "x@remotes.club",
		"550 5.1.1 User unknown"},
	    {"not ours", SMTP_RCPT, CLEAN, MX, BOB, "x@elsewhere.test", NULL},
	    {"recipient only at RCPT", SMTP_DATA, CLEAN, MX, BOB,
		"x@remotes.club", NULL},
	    {"helo syntax", SMTP_RCPT, CLEAN, "not a name", BOB, ANN,
		"550 5.5.2 "},
	    {"helo is an address", SMTP_RCPT, CLEAN, "192.0.2.10", BOB, ANN,
		"550 5.5.2 "},
	    {"helo literal", SMTP_RCPT, CLEAN, "[192.0.2.10]", BOB, ANN, NULL},
	    {"helo is our name", SMTP_RCPT, CLEAN, "MX.remotes.club", BOB, ANN,
		"550 5.7.1 HELO"},
	    {"helo is our domain", SMTP_RCPT, CLEAN, "remotes.club", BOB, ANN,
		"550 5.7.1 HELO"},
	    {"helo is our address", SMTP_RCPT, CLEAN, "[203.0.113.1]", BOB, ANN,
		"550 5.7.1 HELO"},
	    {"helo unknown", SMTP_RCPT, CLEAN, "none.test", BOB, ANN,
		"450 4.7.1 Host not found"},
	    {"helo has only AAAA", SMTP_RCPT, CLEAN, "only-aaaa.test", BOB, ANN,
		NULL},
	    {"helo has only MX", SMTP_RCPT, CLEAN, "good.test", BOB, ANN, NULL},
	    {"helo times out", SMTP_RCPT, CLEAN, "slow.test", BOB, ANN, NULL},
	    {"sender unknown", SMTP_RCPT, CLEAN, MX, "b@none.test", ANN,
		"450 4.1.8 Domain not found"},
	    {"sender impossible", SMTP_RCPT, CLEAN, MX, "b@no..ne", ANN,
		"550 5.1.7 Sender address has no valid domain; it was "
		"b@no..ne"},
	    {"sender has only A", SMTP_RCPT, CLEAN, MX, "b@only-a.test", ANN,
		NULL},
	    {"sender times out", SMTP_RCPT, CLEAN, MX, "b@slow.test", ANN,
		"451 4.4.3 "},
	    {"sender is ours", SMTP_RCPT, CLEAN, MX, "b@remotes.club", ANN,
		NULL},
	    {"null sender", SMTP_RCPT, CLEAN, MX, "", ANN, NULL},
	    {"null MX", SMTP_RCPT, CLEAN, MX, "b@null-mx.test", ANN,
		"550 5.7.27 "},
	    {"one null MX of two", SMTP_RCPT, CLEAN, MX, "b@half-null.test",
		ANN, NULL},
	    {"listed", SMTP_RCPT, "192.0.2.1", MX, BOB, ANN,
		"554 5.7.1 Service unavailable; client [192.0.2.1] blocked "
		"using bl.test; see http://bl.test/192.0.2.1"},
	    {"listed, IPv6", SMTP_RCPT, "2001:db8::1", MX, BOB, ANN,
		"554 5.7.1 Service unavailable; client [2001:db8::1] blocked "
		"using bl.test"},
	    {"listed, mapped", SMTP_RCPT, "::ffff:192.0.2.1", MX, BOB, ANN,
		"554 5.7.1 Service unavailable; client [192.0.2.1]"},
	    {"other code", SMTP_RCPT, "192.0.2.9", MX, BOB, ANN, NULL},
	    {"list fails", SMTP_RCPT, "192.0.2.8", MX, BOB, ANN, NULL},
	    {"sender domain listed", SMTP_RCPT, CLEAN, MX, "b@spam.test", ANN,
		"554 5.7.1 Service unavailable; sender domain spam.test "
		"blocked using dbl.test"},
	    {"HELO listed", SMTP_RCPT, CLEAN, "mx.spam.test", BOB, ANN,
		"554 5.7.1 Service unavailable; HELO name mx.spam.test "
		"blocked using dbl.test"},
	    {"postmaster from a listed client", SMTP_RCPT, "192.0.2.1",
		"not a name", BOB, "Postmaster@remotes.club", NULL},
	    {"postmaster without a domain", SMTP_RCPT, "192.0.2.1", MX, BOB,
		"postmaster", NULL},
	    {"trusted client", SMTP_RCPT, "198.51.100.7", "not a name",
		"b@none.test", ANN, NULL},
	    {"trusted, but unknown user", SMTP_RCPT, "198.51.100.7", MX, BOB,
		"x@remotes.club", "550 5.1.1 User unknown"},
	    {"trusted sender domain", SMTP_RCPT, "192.0.2.1", MX,
		"b@sub.friend.test", ANN, NULL},
	    {"trusted sender", SMTP_RCPT, "192.0.2.1", MX, "A@exact.test", ANN,
		NULL},
	    {"trusted HELO", SMTP_RCPT, "192.0.2.1", "a.trusted-helo.test", BOB,
		ANN, NULL},
	    {"our own name from here", SMTP_RCPT, "127.0.0.1",
		"mx.remotes.club", BOB, ANN, "450 4.7.1 Host not found"},
	};

	check_steps(*state, steps, COUNT(steps));
}

static void
every_state_is_answered(void **state)
{
	static const struct step steps[] = {
	    {"connect", SMTP_CONNECT, CLEAN, NULL, NULL, NULL, NULL},
	    {"connect, listed", SMTP_CONNECT, "192.0.2.1", NULL, NULL, NULL,
		"554 5.7.1 "},
	    {"helo", SMTP_HELO, CLEAN, "not a name", NULL, NULL, "550 5.5.2 "},
	    {"mail", SMTP_MAIL, CLEAN, MX, "b@none.test", NULL, "450 4.1.8 "},
	    {"data", SMTP_DATA, CLEAN, MX, BOB, NULL, NULL},
	    {"end of message", SMTP_END_OF_MESSAGE, CLEAN, MX, BOB, NULL, NULL},
	    {"vrfy", SMTP_VRFY, CLEAN, MX, "", "x@remotes.club", NULL},
	    {"etrn", SMTP_ETRN, CLEAN, MX, NULL, NULL, NULL},
	    {"client unknown", SMTP_RCPT, "unknown", MX, BOB, ANN,
		"451 4.4.3 The client's address"},
	    {"client unknown, ours", SMTP_RCPT, "unknown", MX, "b@remotes.club",
		"postmaster@remotes.club", "451 4.4.3 The client's address"},
	};

	check_steps(*state, steps, COUNT(steps));
}

static void
a_known_refusal_asks_no_dns(void **state)
{
	static const struct step step = {
	    "no account", SMTP_RCPT, CLEAN, MX, BOB, "x@remotes.club", NULL};
	struct judgement j = judge_step(*state, &step, false);

	assert_int_equal(j.n_queries, 0);
	j = judge_step(*state, &step, true);
	assert_true(j.n_queries > 5);
	assert_int_equal(j.verdict.action, VERDICT_REJECT);
}

static void
whose_mail_it_is_is_told(void **state)
{
	static const struct {
		struct step step;
		const char *account;
	} rows[] = {
	    {{"account", SMTP_RCPT, CLEAN, MX, BOB, ANN, NULL}, ANN},
	    {{"extension", SMTP_RCPT, CLEAN, MX, BOB, "Ann+x@Remotes.Club",
		 NULL},
		ANN},
	    {{"no forward", SMTP_RCPT, CLEAN, MX, BOB, "eve@remotes.club",
		 NULL},
		"eve@remotes.club"},
	    {{"refused", SMTP_RCPT, CLEAN, "not a name", BOB, ANN, NULL}, ANN},
	    {{"no account", SMTP_RCPT, CLEAN, MX, BOB, "x@remotes.club", NULL},
		NULL},
	    {{"not ours", SMTP_RCPT, CLEAN, MX, BOB, "x@elsewhere.test", NULL},
		NULL},
	    {{"no recipient", SMTP_DATA, CLEAN, MX, BOB, NULL, NULL}, NULL},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_STR(judge_step(*state, &rows[i].step, false).account,
		    rows[i].account, rows[i].step.name);
}

static void
a_nonsensical_list_is_left_alone_and_noted_once(void **state)
{
	static const struct step step = {
	    "odd", SMTP_RCPT, "192.0.2.9", MX, BOB, ANN, NULL};
	struct world *w = *state;
	struct judgement j;
	size_t before;

	list_health_change(&w->lists[1].own, LIST_BY_TEST, LIST_WELL,
	    clock_ms());
	j = judge_step(w, &step, false);
	before = j.n_queries;
	assert_int_equal(j.verdict.action, VERDICT_ACCEPT);
	assert_int_equal(j.n_notes, 1);
	assert_non_null(strstr(j.notes[0],
	    "9.2.0.192.odd.test is 127.255.255.254"));
	j = judge_step(w, &step, false);
	assert_int_equal(j.n_notes, 0);
	assert_int_equal(j.n_queries, before - 1);
}

static void
shadow_only_tells(void **state)
{
	static const struct step step = {
	    "listed", SMTP_RCPT, "192.0.2.1", MX, BOB, ANN, NULL};
	struct world *w = *state;
	struct judgement j;

	w->lists[0].settings.shadow = true;
	j = judge_step(w, &step, false);
	w->lists[0].settings.shadow = false;
	assert_int_equal(j.verdict.action, VERDICT_ACCEPT);
	assert_int_equal(j.unshadowed.action, VERDICT_REJECT);
}

static void
points_of_several_checks_add_up(void **state)
{
	static const struct step steps[] = {
	    {"one", SMTP_RCPT, CLEAN, "none.test", BOB, ANN, NULL},
	    {"two", SMTP_RCPT, CLEAN, "none.test", "b@none.test", ANN,
		"550 5.7.1 Message refused"},
	    {"roles are spared", SMTP_RCPT, CLEAN, "none.test", "b@none.test",
		"postmaster@remotes.club", NULL},
	};
	struct world *w = *state;
	const struct check_settings score = {
	    .action = ACTION_SCORE, .points = 6};

	w->settings.checks[CHECK_HELO_UNKNOWN] = score;
	w->settings.checks[CHECK_SENDER_UNKNOWN] = score;
	check_steps(w, steps, COUNT(steps));
	w->settings.checks[CHECK_HELO_UNKNOWN] =
	    checks[CHECK_HELO_UNKNOWN]->def;
	w->settings.checks[CHECK_SENDER_UNKNOWN] =
	    checks[CHECK_SENDER_UNKNOWN]->def;
}

static void
a_store_that_fails_defers(void **state)
{
	static const struct step step = {
	    "store gone", SMTP_RCPT, CLEAN, MX, BOB, ANN, "451 4.3.0 "};
	struct world *w = *state;
	struct judgement j;
	struct store *gone;

	assert_int_equal(store_open("sqlite:/nowhere/at/all.db", NULL, &gone,
			     NULL),
	    RC_OK);
	w->judge.store = gone;
	check_steps(w, &step, 1);
	j = judge_step(w, &step, false);
	assert_non_null(j.trouble);
	assert_non_null(strstr(j.trouble, "/nowhere/at/all.db"));
	w->judge.store = w->store;
	store_close(gone);
}

static void
an_authenticated_client_needs_only_a_known_recipient(void **state)
{
	static const struct step steps[] = {
	    {"known", SMTP_RCPT, "192.0.2.1", "not a name", "b@none.test", ANN,
		NULL},
	    {"unknown", SMTP_RCPT, "192.0.2.1", MX, BOB, "x@remotes.club",
		"550 5.1.1 "},
	};

	struct world *w = *state;

	w->sasl_user = "ann";
	check_steps(w, steps, COUNT(steps));
	w->sasl_user = NULL;
}

static void
spf_results_have_their_answers(void **state)
{
	static const struct step steps[] = {
	    {"pass", SMTP_RCPT, CLEAN, MX, "b@pass.test", ANN, NULL},
	    {"fail, explained", SMTP_RCPT, CLEAN, MX, "b@fail.test", ANN,
		"550 5.7.23 SPF fail; fail.test explains: 192.0.2.10 is none "
		"of fail.test"},
	    {"fail", SMTP_RCPT, CLEAN, MX, "b@mute.test", ANN,
		"550 5.7.23 SPF fail; client [192.0.2.10] is not permitted to "
		"send mail for mute.test"},
	    {"fail at MAIL", SMTP_MAIL, CLEAN, MX, "b@mute.test", NULL,
		"550 5.7.23 "},
	    {"softfail scores", SMTP_RCPT, CLEAN, MX, "b@soft.test", ANN, NULL},
	    {"permerror scores", SMTP_RCPT, CLEAN, MX, "b@wrong.test", ANN,
		NULL},
	    {"temperror", SMTP_RCPT, CLEAN, MX, "b@waits.test", ANN,
		"451 4.4.3 SPF check of waits.test"},
	    {"HELO fails", SMTP_RCPT, CLEAN, "helo-fail.test", "b@pass.test",
		ANN,
		"550 5.7.23 SPF fail; client [192.0.2.10] is not "
		"permitted to send mail for helo-fail.test"},
	    {"null sender: HELO", SMTP_RCPT, CLEAN, "helo-fail.test", "", ANN,
		"550 5.7.23 "},
	    {"postmaster", SMTP_RCPT, CLEAN, MX, "b@fail.test",
		"postmaster@remotes.club", NULL},
	    {"trusted relay", SMTP_RCPT, "198.51.100.7", MX, "b@fail.test", ANN,
		NULL},
	    {"our other exchanger", SMTP_RCPT, "192.0.2.20", MX, "b@fail.test",
		ANN, NULL},
	    {"its IPv6", SMTP_RCPT, "2001:db8::20", MX, "b@fail.test", ANN,
		NULL},
	    {"somebody else", SMTP_RCPT, "2001:db8::21", MX, "b@mute.test", ANN,
		"550 5.7.23 "},
	    {"loopback is nobody special", SMTP_RCPT, "127.0.0.1", MX,
		"b@mute.test", ANN, "550 5.7.23 "},
	};

	check_steps(*state, steps, COUNT(steps));
}

static void
a_domain_may_have_spf_rules_of_its_own(void **state)
{
	static const struct step steps[] = {
	    {"it", SMTP_RCPT, CLEAN, MX, "b@soft.test", ANN,
		"550 5.7.23 SPF softfail; "},
	    {"another", SMTP_RCPT, CLEAN, MX, "b@wrong.test", ANN, NULL},
	};
	struct world *w = *state;

	w->settings.spf.rules = w->rules;
	check_steps(w, steps, COUNT(steps));
	w->settings.spf.rules = &w->rules[1];
}

static void
spf_in_shadow_only_tells(void **state)
{
	static const struct step step = {
	    "fail", SMTP_RCPT, CLEAN, MX, "b@mute.test", ANN, NULL};
	struct world *w = *state;
	struct judgement j;

	w->rules[1].of[SPF_FAIL].shadow = true;
	j = judge_step(w, &step, false);
	w->rules[1].of[SPF_FAIL].shadow = false;
	assert_int_equal(j.verdict.action, VERDICT_ACCEPT);
	assert_int_equal(j.unshadowed.action, VERDICT_REJECT);
	assert_string_equal(spf_verdict_name(j.spf->verdict), "fail");
}

/* The first recipient's request evaluates SPF and takes the header. */
static void
a_message_is_evaluated_once(void **state)
{
	static const struct step pass = {
	    "pass", SMTP_RCPT, CLEAN, MX, "b@pass.test", ANN, NULL};
	static const struct step other = {
	    "other", SMTP_RCPT, CLEAN, MX, "b@wrong.test", ANN, NULL};
	struct world *w = *state;
	struct judgement j;
	const struct spf_result *first;
	size_t asked;

	w->transaction = transaction_new();
	j = judge_step(w, &pass, false);
	first = j.spf;
	asked = j.n_queries;
	assert_non_null(strstr(j.header, "Received-SPF: pass ("));
	assert_null(strchr(j.header, '\n'));
	arena_reset(w->arena);
	j = judge_step(w, &pass, false);
	assert_ptr_equal(j.spf, first);
	assert_null(j.header);
	assert_int_equal(j.n_queries, asked - 2); /* HELO's and the sender's */
	j = judge_step(w, &other, false);
	assert_non_null(strstr(j.header, "Received-SPF: permerror ("));
	transaction_free(w->transaction);
	w->transaction = NULL;
}

static void
what_is_refused_has_no_header(void **state)
{
	static const struct step steps[] = {
	    {"refused", SMTP_RCPT, CLEAN, MX, "b@mute.test", ANN, NULL},
	    {"put off", SMTP_RCPT, CLEAN, MX, "b@waits.test", ANN, NULL},
	};

	for (size_t i = 0; i < COUNT(steps); i++)
		CHECK(judge_step(*state, &steps[i], false).header == NULL,
		    steps[i].name);
}

static void
srs_addresses_of_ours_are_recipients(void **state)
{
	static const struct step steps[] = {
	    {"valid", SMTP_RCPT, CLEAN, MX, "",
		"SRS0=691N=7G=example.com=alice@srs.test", NULL},
	    {"in lower case", SMTP_RCPT, CLEAN, MX, "",
		"srs0=691n=7g=example.com=alice@srs.test", NULL},
	    {"tampered", SMTP_RCPT, CLEAN, MX, "",
		"SRS0=691N=7G=example.com=mallory@srs.test",
		"550 5.1.1 SRS hash invalid"},
	    {"too old", SMTP_RCPT, CLEAN, MX, "",
		"SRS0=GWnL=AB=example.com=alice@srs.test",
		"550 5.1.1 SRS address expired"},
	    {"a token that nobody knows", SMTP_RCPT, CLEAN, MX, "",
		"SRS0=TdDu=7G=1=0123456789ABCDEFGHIJKLMNOPQRSTUV@srs.test",
		"550 5.1.1 SRS address unknown"},
	    {"another domain's", SMTP_RCPT, CLEAN, MX, "",
		"SRS0=AAAA=7G=example.com=alice@elsewhere.test", NULL},
	    {"no SRS address", SMTP_RCPT, CLEAN, MX, BOB,
		"srs0=ann@remotes.club", "550 5.1.1 User unknown"},
	};
	static const char *const srs_domains[] = {"srs.test"};
	static const char *const secrets[] = {"secret"};
	static const struct srs srs = {
	    srs_domains, 1, {NULL, NULL}, NULL, secrets, 1, 21, 4, 4};
	static const struct srs bare = {
	    srs_domains, 1, {NULL, NULL}, NULL, NULL, 0, 21, 4, 4};
	static const struct step put_off = {"no secrets", SMTP_RCPT, CLEAN, MX,
	    "", "SRS0=691N=7G=example.com=alice@srs.test",
	    "451 4.3.0 Temporary lookup failure"};
	struct world *w = *state;

	clock_set(1767225600, 1000);
	w->return_path.srs = &srs;
	check_steps(w, steps, COUNT(steps));
	w->return_path = (struct return_path_settings){
	    .srs = &bare, .trouble = "no secrets"};
	check_steps(w, &put_off, 1);
}

#define ALICE "SRS0=691N=7G=example.com=alice@srs.test"
#define GUESS "SRS0=AAAA=7G=example.com=alice@srs.test"
#define SLOW  "451 4.7.1 Too many wrong addresses"
#define ONLY  "550 5.7.1 This address takes bounces only"

static void
give_srs(struct world *w)
{
	static const char *const srs_domains[] = {"srs.test"};
	static const char *const secrets[] = {"secret"};
	static const struct srs srs = {
	    srs_domains, 1, {NULL, NULL}, NULL, secrets, 1, 21, 4, 4};

	clock_set(1767225600, 1000);
	w->return_path = (struct return_path_settings){.srs = &srs};
}

/* The answer to who may not is the same whatever the hash is. */
static void
srs_addresses_take_bounces_only(void **state)
{
	static const struct step steps[] = {
	    {"null sender", SMTP_RCPT, CLEAN, MX, "", ALICE, NULL},
	    {"postmaster", SMTP_RCPT, CLEAN, MX, "postmaster@good.test", ALICE,
		NULL},
	    {"in any case", SMTP_RCPT, CLEAN, MX, "MAILER-DAEMON@good.test",
		ALICE, NULL},
	    {"a probe of Postfix", SMTP_RCPT, CLEAN, MX,
		"double-bounce@good.test", ALICE, NULL},
	    {"one that is configured", SMTP_RCPT, CLEAN, MX,
		"Vacation@good.test", ALICE, NULL},
	    {"an address that is", SMTP_RCPT, CLEAN, MX, "a@good.test", ALICE,
		NULL},
	    {"a stranger", SMTP_RCPT, CLEAN, MX, BOB, ALICE, ONLY},
	    {"a wrong hash", SMTP_RCPT, CLEAN, MX, BOB, GUESS, ONLY},
	    {"too old", SMTP_RCPT, CLEAN, MX, BOB,
		"SRS0=GWnL=AB=example.com=alice@srs.test", ONLY},
	    {"without quotes", SMTP_RCPT, CLEAN, MX, BOB,
		"SRS0=AAAA=7G=example.com=a b@c@srs.test", ONLY},
	    {"begins like postmaster", SMTP_RCPT, CLEAN, MX,
		"postmasters@good.test", ALICE, ONLY},
	    {"ends like it", SMTP_RCPT, CLEAN, MX, "apostmaster@good.test",
		ALICE, ONLY},
	    {"holds it", SMTP_RCPT, CLEAN, MX, "postmaster%x@good.test", ALICE,
		ONLY},
	    {"another address of that domain", SMTP_RCPT, CLEAN, MX,
		"b@good.test", ALICE, ONLY},
	    {"not said", SMTP_RCPT, CLEAN, MX, NULL, ALICE, ONLY},
	    {"somebody's own", SMTP_RCPT, CLEAN, MX, BOB, "srs0+x@remotes.club",
		"550 5.1.1 User unknown"},
	};
	static const char *const others[] = {"vacation", "A@good.test"};
	struct world *w = *state;

	give_srs(w);
	w->settings.bounce_senders = others;
	w->settings.n_bounce_senders = COUNT(others);
	check_steps(w, steps, COUNT(steps));
	w->sasl_user = "ann";
	check_steps(w,
	    &(struct step){"one of us", SMTP_RCPT, CLEAN, MX, BOB, ALICE, NULL},
	    1);
	w->sasl_user = NULL;
}

static void
who_guesses_hashes_has_to_wait(void **state)
{
	static const struct step guess = {"guess", SMTP_RCPT, "192.0.2.77", MX,
	    "", GUESS, "550 5.1.1 SRS hash invalid"};
	static const struct step steps[] = {
	    {"a guess", SMTP_RCPT, "192.0.2.77", MX, "", GUESS, SLOW},
	    {"a right one", SMTP_RCPT, "192.0.2.77", MX, "", ALICE, SLOW},
	    {"VRFY", SMTP_VRFY, "192.0.2.77", MX, "", ALICE, SLOW},
	    {"not a bounce", SMTP_RCPT, "192.0.2.77", MX, BOB, ALICE, ONLY},
	    {"another address", SMTP_RCPT, "192.0.2.77", MX, BOB, ANN, NULL},
	    {"another client", SMTP_RCPT, "192.0.2.10", MX, "", ALICE, NULL},
	    {"who is allowed", SMTP_RCPT, "198.51.100.7", MX, "", ALICE, NULL},
	};
	struct world *w = *state;

	give_srs(w);
	w->judge.tries = srs_tries_new();
	for (int i = 0; i < 4; i++)
		check_steps(w, &guess, 1);
	check_steps(w,
	    &(struct step){"VRFY counts", SMTP_VRFY, "192.0.2.77", MX, "",
		GUESS, "550 5.1.1 SRS hash invalid"},
	    1);
	check_steps(w, steps, COUNT(steps));
	clock_advance(601000);
	check_steps(w,
	    &(struct step){
		"later", SMTP_RCPT, "192.0.2.77", MX, "", ALICE, NULL},
	    1);
	srs_tries_free(w->judge.tries);
	w->judge.tries = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_check_gives_its_answer),
	    cmocka_unit_test(every_state_is_answered),
	    cmocka_unit_test(
		an_authenticated_client_needs_only_a_known_recipient),
	    cmocka_unit_test(spf_results_have_their_answers),
	    cmocka_unit_test(a_domain_may_have_spf_rules_of_its_own),
	    cmocka_unit_test(spf_in_shadow_only_tells),
	    cmocka_unit_test(a_message_is_evaluated_once),
	    cmocka_unit_test(what_is_refused_has_no_header),
	    cmocka_unit_test(a_known_refusal_asks_no_dns),
	    cmocka_unit_test(whose_mail_it_is_is_told),
	    cmocka_unit_test(a_nonsensical_list_is_left_alone_and_noted_once),
	    cmocka_unit_test(shadow_only_tells),
	    cmocka_unit_test(points_of_several_checks_add_up),
	    cmocka_unit_test(srs_addresses_of_ours_are_recipients),
	    cmocka_unit_test(srs_addresses_take_bounces_only),
	    cmocka_unit_test(who_guesses_hashes_has_to_wait),
	    cmocka_unit_test(a_store_that_fails_defers),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
