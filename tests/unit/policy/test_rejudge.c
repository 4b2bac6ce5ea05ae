/* SPDX-License-Identifier: MIT */
#include "policy/rejudge.h"

#include "judge_world.h"
#include "policy/decision_line.h"
#include "policy/decision_record.h"

#define ROUNDS 3000

/* The same configurations in each run. */
static unsigned
chance(unsigned below)
{
	static uint64_t state = 20261129;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % below;
}

static const struct step steps[] = {
    {"clean", SMTP_RCPT, CLEAN, MX, BOB, ANN, NULL},
    {"no forward", SMTP_RCPT, CLEAN, MX, BOB, "eve@remotes.club", NULL},
    {"no account", SMTP_RCPT, CLEAN, MX, BOB, "x@remotes.club", NULL},
    {"helo syntax", SMTP_RCPT, CLEAN, "not a name", BOB, ANN, NULL},
    {"helo literal", SMTP_RCPT, CLEAN, "[192.0.2.10]", BOB, ANN, NULL},
    {"no helo", SMTP_RCPT, CLEAN, NULL, BOB, ANN, NULL},
    {"helo is our name", SMTP_RCPT, CLEAN, "mx.remotes.club", BOB, ANN, NULL},
    {"helo unknown", SMTP_RCPT, CLEAN, "none.test", BOB, ANN, NULL},
    {"helo times out", SMTP_RCPT, CLEAN, "slow.test", BOB, ANN, NULL},
    {"sender unknown", SMTP_RCPT, CLEAN, MX, "b@none.test", ANN, NULL},
    {"both unknown", SMTP_RCPT, CLEAN, "none.test", "b@none.test", ANN, NULL},
    {"sender impossible", SMTP_RCPT, CLEAN, MX, "b@no..ne", ANN, NULL},
    {"sender times out", SMTP_RCPT, CLEAN, MX, "b@slow.test", ANN, NULL},
    {"sender is ours", SMTP_RCPT, CLEAN, MX, "b@remotes.club", ANN, NULL},
    {"null sender", SMTP_RCPT, CLEAN, MX, "", ANN, NULL},
    {"null MX", SMTP_RCPT, CLEAN, MX, "b@null-mx.test", ANN, NULL},
    {"listed", SMTP_RCPT, "192.0.2.1", MX, BOB, ANN, NULL},
    {"listed, to a role", SMTP_RCPT, "192.0.2.1", MX, BOB,
	"postmaster@remotes.club", NULL},
    {"other code", SMTP_RCPT, "192.0.2.9", MX, BOB, ANN, NULL},
    {"listed domain", SMTP_RCPT, CLEAN, MX, "b@spam.test", ANN, NULL},
    {"spf pass", SMTP_RCPT, CLEAN, MX, "b@pass.test", ANN, NULL},
    {"spf fail", SMTP_RCPT, CLEAN, MX, "b@fail.test", ANN, NULL},
    {"spf permerror", SMTP_RCPT, CLEAN, MX, "b@wrong.test", ANN, NULL},
    {"spf temperror", SMTP_RCPT, CLEAN, MX, "b@waits.test", ANN, NULL},
    {"spf of helo", SMTP_RCPT, "192.0.2.12", "helo-fail.test", BOB, ANN, NULL},
    {"spf of helo alone", SMTP_RCPT, "192.0.2.12", "helo-fail.test", "", ANN,
	NULL},
    {"spf softfail", SMTP_RCPT, CLEAN, MX, "b@soft.test", ANN, NULL},
    {"friend", SMTP_RCPT, "192.0.2.1", "none.test", "b@friend.test", ANN, NULL},
    {"exact", SMTP_RCPT, "192.0.2.1", "none.test", "a@exact.test", ANN, NULL},
    {"trusted client", SMTP_RCPT, "198.51.100.7", "none.test", "b@none.test",
	ANN, NULL},
    {"trusted helo", SMTP_RCPT, "192.0.2.1", "trusted-helo.test", BOB, ANN,
	NULL},
    {"no client", SMTP_RCPT, "unknown", MX, BOB, ANN, NULL},
    {"only mail", SMTP_MAIL, CLEAN, MX, "b@none.test", NULL, NULL},
};

static struct check_settings
random_settings(void)
{
	return (struct check_settings){
	    .action = (enum action)chance(4),
	    .shadow = chance(4) == 0,
	    .points = (int)chance(8),
	    .defer_on_temp = chance(2) == 0,
	};
}

/* Of one configuration; lists and rules are its own. */
struct configuration {
	struct policy_settings settings;
	struct dns_list lists[3];
	struct list_code codes[3][2];
	struct spf_rules rules[2];
};

/* Other entries than w->lists has: narrower, wider, with effects of their
   own. */
static void
random_codes(struct dns_list *list, struct list_code codes[2])
{
	uint32_t first = list->codes[0].first;

	for (size_t i = 0; i < 2; i++)
		codes[i] = (struct list_code){
		    .first = first + chance(2),
		    .last = first + chance(255),
		    .own = chance(2) == 0,
		};
	for (size_t i = 0; i < 2; i++) {
		codes[i].has_action = codes[i].own;
		codes[i].action =
		    (enum action)chance((list->of & DNS_LIST_CLIENT) != 0
					    ? ACTION_PASS + 1
					    : 4);
		codes[i].has_points =
		    codes[i].own && codes[i].action == ACTION_SCORE;
		codes[i].points = (int)chance(20) - 10;
	}
	list->codes = codes;
	list->n_codes = 1 + chance(2);
}

static void
random_configuration(const struct world *w, struct configuration *c)
{
	c->settings = w->settings;
	memcpy(c->lists, w->lists, sizeof(c->lists));
	memcpy(c->rules, w->rules, sizeof(c->rules));
	c->settings.lists = c->lists;
	c->settings.n_lists = 3 - chance(2);
	c->settings.spf.rules = chance(2) == 0 ? c->rules : &c->rules[1];
	c->settings.reject_at = 1 + (int)chance(15);
	for (size_t i = 0; i < CHECKS; i++)
		if (chance(3) == 0)
			c->settings.checks[i] = random_settings();
	for (size_t i = 0; i < 3; i++) {
		c->lists[i].settings = random_settings();
		if (chance(2) == 0)
			random_codes(&c->lists[i], c->codes[i]);
	}
	for (size_t i = 0; i < SPF_VERDICTS; i++)
		c->rules[1].of[i] = random_settings();
	if (chance(3) == 0)
		c->settings.allow.n_senders = 0;
	if (chance(3) == 0)
		c->settings.allow.n_clients = 0;
	if (chance(3) == 0)
		c->settings.allow.n_helos = 0;
}

static struct decision
decide(struct world *w, const struct configuration *c, const struct step *step)
{
	struct facts facts = {
	    .state = step->state,
	    .helo = step->helo,
	    .sender = step->sender,
	    .recipient = step->recipient,
	};
	struct judge judge = w->judge;
	struct judgement j;

	ip_parse(step->client, &facts.client);
	ip_parse("203.0.113.1", &facts.server);
	facts_complete(&facts, w->arena, "+", w->settings.hostname);
	judge.settings = &c->settings;
	judge_facts(&judge, &facts, NULL, w->arena, &j);
	return decision_of(w->arena, &facts, &j, clock_ms());
}

/* Whatever two configurations there are: what the second one would have
   decided is found from what the first one has found, or not known. */
static void
another_configuration_decides_as_if_it_had_been_there(void **state)
{
	struct world *w = *state;
	unsigned known = 0, changed = 0;

	for (int i = 0; i < ROUNDS; i++) {
		const struct step *step = &steps[chance(COUNT(steps))];
		struct configuration first, second;
		struct decision was, would, read;
		struct rejudged again;

		random_configuration(w, &first);
		random_configuration(w, &second);
		was = decide(w, &first, step);
		would = decide(w, &second, step);
		assert_int_equal(decision_record_read(w->arena,
				     decision_record_pairs(w->arena, &was),
				     &read, NULL),
		    RC_OK);
		rejudge(&read, &first.settings, w->arena, &again);
		CHECK(again.verdict.action == was.verdict.action, step->name);
		assert_int_equal(again.verdict.points, was.verdict.points);
		rejudge(&read, &second.settings, w->arena, &again);
		if (again.n_unknown == 0) {
			known++;
			changed += was.verdict.action != would.verdict.action;
			CHECK(again.verdict.action == would.verdict.action,
			    decision_record_pairs(w->arena, &would));
			if (would.verdict.action == VERDICT_DEFER)
				assert_int_equal(again.verdict.reply.code,
				    would.verdict.reply.code);
		}
		arena_reset(w->arena);
	}
	assert_true(known > ROUNDS / 4);
	assert_true(changed > ROUNDS / 20);
}

static void
what_is_not_known_is_told(void **state)
{
	static const struct step clean = {
	    "clean", SMTP_RCPT, CLEAN, MX, BOB, ANN, NULL};
	struct world *w = *state;
	struct configuration off = {.settings = w->settings}, on;
	struct decision d;
	struct rejudged r;

	memcpy(off.lists, w->lists, sizeof(off.lists));
	off.settings.lists = off.lists;
	off.settings.n_lists = 2;
	off.settings.checks[CHECK_HELO_UNKNOWN].action = ACTION_OFF;
	on = off;
	on.settings.lists = w->lists;
	on.settings.n_lists = 3;
	on.settings.checks[CHECK_HELO_UNKNOWN].action = ACTION_REJECT;
	on.settings.checks[CHECK_IPREV].action = ACTION_SCORE;
	d = decide(w, &off, &clean);
	rejudge(&d, &on.settings, w->arena, &r);
	assert_int_equal(r.verdict.action, VERDICT_ACCEPT);
	assert_int_equal(r.n_unknown, 3);
	assert_string_equal(r.unknown[0], "iprev");
	assert_string_equal(r.unknown[1], "helo_unknown");
	assert_string_equal(r.unknown[2], "rhsbl dbl.test");
	/* Postfix has found that out. */
	d.facts.client_name = "mx.good.test";
	rejudge(&d, &on.settings, w->arena, &r);
	assert_int_equal(r.n_unknown, 2);
	rejudge(&d, &off.settings, w->arena, &r);
	assert_int_equal(r.n_unknown, 0);
}

static struct decision
a_message(void)
{
	static const struct finding found[] = {
	    {.check = "loop", .outcome = FINDING_FINE, .why = "30 hops"},
	    {.check = "dmarc",
		.outcome = FINDING_HIT,
		.why = "fail",
		.settings = {.action = ACTION_SCORE, .shadow = true},
		.reply = {550, "7.1", "DMARC"}},
	    {.check = "fate",
		.outcome = FINDING_FINE,
		.why = "only SPF",
		.settings = {.action = ACTION_REJECT}},
	};

	return (struct decision){
	    .facts = {.state = SMTP_END_OF_MESSAGE,
		.sender = "b@good.test",
		.message = {.known = true,
		    .recipients = 1,
		    .forwarded = 1,
		    .hops = 30}},
	    .findings = found,
	    .n_findings = COUNT(found),
	    .fate = "hold",
	    .fate_case = "policy-fails",
	    .author = "good.test",
	};
}

static void
messages_are_judged_again(void **state)
{
	struct world *w = *state;
	struct policy_settings s = w->settings;
	struct decision d = a_message();
	struct rejudged r;

	s.hop_limit = 50;
	s.fate.policy_fails = FATE_HOLD;
	rejudge(&d, &s, w->arena, &r);
	assert_int_equal(r.verdict.action, VERDICT_ACCEPT);
	assert_true(r.held);
	s.checks[CHECK_FATE].shadow = true;
	rejudge(&d, &s, w->arena, &r);
	assert_false(r.held);
	s.checks[CHECK_FATE].shadow = false;
	s.fate.policy_fails = FATE_REJECT;
	rejudge(&d, &s, w->arena, &r);
	assert_int_equal(r.verdict.action, VERDICT_REJECT);
	assert_string_equal(r.verdict.decider->check, "fate");
	assert_non_null(strstr(r.verdict.reply.text, "good.test"));
	s.fate.policy_fails = FATE_SIGN;
	rejudge(&d, &s, w->arena, &r);
	assert_int_equal(r.verdict.action, VERDICT_ACCEPT);
	assert_false(r.held);
	s.hop_limit = 29;
	rejudge(&d, &s, w->arena, &r);
	assert_string_equal(r.verdict.decider->check, "loop");
	s.hop_limit = 50;
	s.checks[CHECK_DMARC] =
	    (struct check_settings){.action = ACTION_REJECT};
	rejudge(&d, &s, w->arena, &r);
	assert_string_equal(r.verdict.decider->check, "dmarc");
	/* Whether From can be rewritten nobody has written down. */
	s.checks[CHECK_DMARC].action = ACTION_OFF;
	d.fate_case = "spf-only";
	s.fate.spf_only = FATE_REWRITE;
	rejudge(&d, &s, w->arena, &r);
	assert_int_equal(r.n_unknown, 1);
	assert_string_equal(r.unknown[0], "fate");
}

static void
lines_of_a_log_are_read(void **state)
{
	static const struct {
		const char *name, *line;
		enum rc rc;
		enum verdict_action action;
		const char *check, *list, *sender;
		size_t n_findings;
	} rows[] = {
	    {"syslog",
		"Nov 29 08:00:01 mx postward/policyd[12]: queue_id=NOQUEUE "
		"state=RCPT action=reject check=dnsbl.zen.example spf=softfail "
		"client=a.test[192.0.2.1] helo=a.test from=<b@good.test> "
		"to=<ann@remotes.club> reply=\"554 5.7.1 no\" why=\"x y\" ms=3",
		RC_OK, VERDICT_REJECT, "dnsbl", "zen.example", "b@good.test",
		2},
	    {"plain",
		"queue_id=4ABC state=END-OF-MESSAGE action=accept fate=reject "
		"fate_mode=shadow fate_case=spf-only "
		"client=unknown[2001:db8::1] from=<>",
		RC_OK, VERDICT_ACCEPT, NULL, NULL, "", 1},
	    {"JSON",
		"{\"program\":\"policyd\",\"state\":\"RCPT\","
		"\"action\":\"defer\",\"check\":\"helo_unknown\","
		"\"client\":\"unknown[192.0.2.1]\",\"from\":\"<b@good.test>\","
		"\"reply\":\"450 4.7.1 Host not found\"}",
		RC_OK, VERDICT_DEFER, "helo_unknown", NULL, "b@good.test", 1},
	    {"pairs",
		"state=RCPT action=accept from=<b@good.test> "
		"found=\"check=spf outcome=fine\"",
		RC_OK, VERDICT_ACCEPT, NULL, NULL, "b@good.test", 1},
	    {"hostile",
		"queue_id=NOQUEUE state=RCPT action=accept "
		"from=\"<\\xff\\xfe\\\"=\\u{202e}>\" client=unknown[unknown]",
		RC_OK, VERDICT_ACCEPT, NULL, NULL, "\xff\xfe\"=\xe2\x80\xae",
		0},
	    {"cut", "queue_id=NOQUEUE state=RCPT action=accept helo=\"abc",
		RC_OK, VERDICT_ACCEPT, NULL, NULL, NULL, 0},
	    {"of Postfix", "Nov 29 08:00:01 mx postfix/smtpd[1]: connect",
		RC_NONE, 0, NULL, NULL, NULL, 0},
	    {"of another program",
		"mx evil[1]: queue_id=NOQUEUE state=RCPT action=reject",
		RC_NONE, 0, NULL, NULL, NULL, 0},
	    {"quoted by another",
		"mx postfix/smtpd[1]: helo=<postward/policyd[1]: queue_id=1>",
		RC_NONE, 0, NULL, NULL, NULL, 0},
	    {"not a decision", "mx postward/policyd[12]: started", RC_NONE, 0,
		NULL, NULL, NULL, 0},
	    {"a wrong value", "queue_id=NOQUEUE state=SLEEP", RC_PERM, 0, NULL,
		NULL, NULL, 0},
	    {"JSON of others", "{\"a\":1}", RC_NONE, 0, NULL, NULL, NULL, 0},
	    {"no JSON", "{", RC_NONE, 0, NULL, NULL, NULL, 0},
	    {"empty", "", RC_NONE, 0, NULL, NULL, NULL, 0},
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct decision d;
		struct err err;

		CHECK(decision_line_read(w->arena, rows[i].line, &d, &err) ==
			  rows[i].rc,
		    rows[i].name);
		if (rows[i].rc != RC_OK)
			continue;
		CHECK(d.verdict.action == rows[i].action, rows[i].name);
		CHECK(d.n_findings == rows[i].n_findings, rows[i].name);
		CHECK_STR(d.facts.sender, rows[i].sender, rows[i].name);
		CHECK((d.verdict.decider == NULL) == (rows[i].check == NULL),
		    rows[i].name);
		if (rows[i].check == NULL)
			continue;
		CHECK_STR(d.verdict.decider->check, rows[i].check,
		    rows[i].name);
		CHECK_STR(d.verdict.decider->list, rows[i].list, rows[i].name);
	}
}

/* As the log writes it: what decided is judged again, and no more. */
static void
a_line_is_judged_by_what_it_tells(void **state)
{
	static const char line[] =
	    "queue_id=NOQUEUE state=RCPT action=reject check=dnsbl.bl.test "
	    "spf=softfail client=unknown[192.0.2.1] helo=mx.good.test "
	    "from=<b@good.test> to=<ann@remotes.club> reply=\"554 5.7.1 no\"";
	struct world *w = *state;
	struct configuration c = {.settings = w->settings};
	struct decision d;
	struct rejudged r;

	assert_int_equal(decision_line_read(w->arena, line, &d, NULL), RC_OK);
	rejudge(&d, &w->settings, w->arena, &r);
	assert_int_equal(r.verdict.action, VERDICT_REJECT);
	assert_int_equal(r.n_unknown, 0);
	memcpy(c.lists, w->lists, sizeof(c.lists));
	c.lists[0].settings.shadow = true;
	c.settings.lists = c.lists;
	rejudge(&d, &c.settings, w->arena, &r);
	assert_int_equal(r.verdict.action, VERDICT_ACCEPT);
	assert_true(r.n_unknown > 0);
	assert_int_equal(r.verdict.points, 3); /* of SPF */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		another_configuration_decides_as_if_it_had_been_there),
	    cmocka_unit_test(what_is_not_known_is_told),
	    cmocka_unit_test(messages_are_judged_again),
	    cmocka_unit_test(lines_of_a_log_are_read),
	    cmocka_unit_test(a_line_is_judged_by_what_it_tells),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
