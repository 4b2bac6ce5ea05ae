/* SPDX-License-Identifier: MIT */
/* Lists whose codes lead to different things, from DNS to a verdict, and
   judged again. */
#include "judge_world.h"
#include "policy/decision_record.h"
#include "policy/rejudge.h"

#define ENTRIES 4

struct coded {
	const char *zone, *codes[ENTRIES];
	unsigned of;
};

static const struct coded all[] = {
    {"bl.test", {"127.0.0.2-127.0.0.11"}, DNS_LIST_CLIENT},
    {"white.test",
	{"127.0.[2..20].1: -2", "127.0.[2..20].2: -4",
	    "127.0.[2..20].3: pass (trusted)", "127.0.0.255: refused"},
	DNS_LIST_CLIENT},
    {"karma.test",
	{"127.0.0.1: -5 (white)", "127.0.0.2: 8 (black)",
	    "127.0.0.4: 4 (brown)"},
	DNS_LIST_CLIENT},
    {"uri.test",
	{"127.*.*.&8: reject (phishing)", "127.*.*.&64: 4 (abuse)",
	    "127.0.0.1: -3"},
	DNS_LIST_SENDER},
};

/* Has these lists, and no others. */
static struct policy_settings
settings_with(struct world *w, const struct coded *lists, size_t n)
{
	struct policy_settings s = w->settings;

	s.lists = arena_take_array(w->arena, n, sizeof(*s.lists));
	s.n_lists = n;
	for (size_t i = 0; i < n; i++) {
		struct dns_list *list = &s.lists[i];
		struct list_code *codes =
		    arena_take_array(w->arena, ENTRIES, sizeof(*codes));

		*list = (struct dns_list){.zone = lists[i].zone,
		    .codes = codes,
		    .of = lists[i].of,
		    .settings = {.points = 5}};
		while (list->n_codes < ENTRIES &&
		       lists[i].codes[list->n_codes] != NULL) {
			CHECK_STR(list_code_read(w->arena,
				      lists[i].codes[list->n_codes],
				      &codes[list->n_codes]),
			    NULL, lists[i].zone);
			list->n_codes++;
		}
	}
	return s;
}

static struct decision
decide(struct world *w, const struct policy_settings *s, const char *client,
    const char *sender)
{
	struct facts facts = {
	    .state = SMTP_RCPT,
	    .helo = MX,
	    .sender = sender,
	    .recipient = ANN,
	};
	struct judge judge = w->judge;
	struct judgement j;

	ip_parse(client, &facts.client);
	ip_parse("203.0.113.1", &facts.server);
	facts_complete(&facts, w->arena, "+", s->hostname);
	judge.settings = s;
	judge_facts(&judge, &facts, NULL, w->arena, &j);
	return decision_of(w->arena, &facts, &j, clock_ms());
}

static const char *
whys(struct arena *a, const struct decision *d)
{
	const char *text = NULL;

	for (size_t i = 0; i < d->n_findings; i++) {
		const struct finding *f = &d->findings[i];

		if (f->list != NULL && f->outcome == FINDING_HIT)
			text =
			    arena_printf(a, "%s%s%s", text == NULL ? "" : text,
				text == NULL ? "" : "; ", f->why);
	}
	return text;
}

static const struct {
	const char *name, *client, *sender;
	int points;
	const char *reply; /* NULL: accepted */
	const char *whys;  /* NULL: no listing */
} rows[] = {
    {"nothing", CLEAN, BOB, 0, NULL, NULL},
    {"trust spares what another list says", "192.0.2.64", BOB, 0, NULL,
	"client 192.0.2.64 is listed: 127.0.0.2; "
	"client 192.0.2.64 is listed: 127.0.10.3 (trusted)"},
    {"a little trust", "192.0.2.65", BOB, -2, NULL,
	"client 192.0.2.65 is listed: 127.0.5.1"},
    {"trust and brown", "192.0.2.66", BOB, 0, NULL,
	"client 192.0.2.66 is listed: 127.0.5.2; "
	"client 192.0.2.66 is listed: 127.0.0.4 (brown)"},
    {"two codes add up", "192.0.2.67", BOB, 12,
	"550 5.7.1 Message refused by local policy; too many points",
	"client 192.0.2.67 is listed: 127.0.0.2, 127.0.0.4 (black); "
	"client 192.0.2.67 is listed: 127.0.0.2, 127.0.0.4 (brown)"},
    {"white and black", "192.0.2.68", BOB, 3, NULL,
	"client 192.0.2.68 is listed: 127.0.0.1, 127.0.0.2 (white); "
	"client 192.0.2.68 is listed: 127.0.0.1, 127.0.0.2 (black)"},
    {"a code that nobody minds", "192.0.2.69", BOB, 0, NULL, NULL},
    {"bits", CLEAN, "b@bits.test", 4,
	"554 5.7.1 Service unavailable; sender domain bits.test blocked "
	"using uri.test (phishing)",
	"sender domain bits.test is listed: 127.0.0.72 (phishing); "
	"sender domain bits.test is listed: 127.0.0.72 (abuse)"},
    {"with the list's words", CLEAN, "b@phish.test", 0,
	"554 5.7.1 Service unavailable; sender domain phish.test blocked "
	"using uri.test (phishing); see uri.test",
	"sender domain phish.test is listed: 127.0.0.8 (phishing)"},
    {"of the sender, trust spares nothing", CLEAN, "b@good-name.test", -3, NULL,
	"sender domain good-name.test is listed: 127.0.0.1"},
    {"trust of the client spares his domain, too", "192.0.2.64", "b@phish.test",
	0, NULL,
	"client 192.0.2.64 is listed: 127.0.0.2; "
	"client 192.0.2.64 is listed: 127.0.10.3 (trusted); "
	"sender domain phish.test is listed: 127.0.0.8 (phishing)"},
};

static void
check_decision(struct world *w, const struct decision *d, size_t i)
{
	CHECK_STR(whys(w->arena, d), rows[i].whys, rows[i].name);
	CHECK(d->verdict.points == rows[i].points, rows[i].name);
	CHECK_STR(d->verdict.action == VERDICT_ACCEPT
		      ? NULL
		      : reply_line(w->arena, &d->verdict.reply),
	    rows[i].reply, rows[i].name);
}

static void
each_code_leads_to_its_own(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy_settings s = settings_with(w, all, COUNT(all));
		struct decision d =
		    decide(w, &s, rows[i].client, rows[i].sender);

		check_decision(w, &d, i);
		arena_reset(w->arena);
	}
}

/* Of what was recorded with no codes but those that every list has, each row is
   found again, as all answers were kept. */
static void
other_codes_judge_again_what_was_recorded(void **state)
{
	static const struct coded plain[] = {
	    {"bl.test", {"127.0.0.2-127.0.0.254"}, DNS_LIST_CLIENT},
	    {"white.test", {"127.0.0.2"}, DNS_LIST_CLIENT},
	    {"karma.test", {"127.0.0.[2;4]: score"}, DNS_LIST_CLIENT},
	    {"uri.test", {"127.0.0.2"}, DNS_LIST_SENDER},
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy_settings then =
		    settings_with(w, plain, COUNT(plain));
		struct policy_settings now = settings_with(w, all, COUNT(all));
		struct decision d =
		    decide(w, &then, rows[i].client, rows[i].sender);
		struct decision read;
		struct rejudged again;

		assert_int_equal(decision_record_read(w->arena,
				     decision_record_pairs(w->arena, &d), &read,
				     NULL),
		    RC_OK);
		rejudge(&read, &now, w->arena, &again);
		CHECK(again.n_unknown == 0, rows[i].name);
		CHECK(again.verdict.points == rows[i].points, rows[i].name);
		CHECK((again.verdict.action == VERDICT_ACCEPT) ==
			  (rows[i].reply == NULL),
		    rows[i].name);
		read.findings = again.findings;
		read.n_findings = again.n_findings;
		CHECK_STR(whys(w->arena, &read), rows[i].whys, rows[i].name);
		arena_reset(w->arena);
	}
}

/* How often a list was asked about a sender. */
static size_t
asked_about(struct world *w, const struct policy_settings *s,
    const char *sender, struct decision *d)
{
	struct facts facts = {
	    .state = SMTP_RCPT, .helo = MX, .sender = sender, .recipient = ANN};
	struct judge judge = w->judge;
	struct judgement j;
	size_t n = 0;

	ip_parse(CLEAN, &facts.client);
	ip_parse("203.0.113.1", &facts.server);
	facts_complete(&facts, w->arena, "+", s->hostname);
	judge.settings = s;
	judge_facts(&judge, &facts, NULL, w->arena, &j);
	*d = decision_of(w->arena, &facts, &j, clock_ms());
	for (size_t i = 0; i < j.n_queries; i++)
		n += strstr(j.queries[i].name, ".uri.test") != NULL;
	return n;
}

static void
domains_above_are_asked_about_where_that_is_wanted(void **state)
{
	static const struct {
		const char *name, *sender;
		bool parents;
		size_t asked;
		const char *whys;
	} cases[] = {
	    {"the name alone", "b@a.b.bits.test", false, 1, NULL},
	    {"those above", "b@a.b.bits.test", true, 3,
		"sender domain bits.test is listed: 127.0.0.72 (phishing); "
		"sender domain bits.test is listed: 127.0.0.72 (abuse)"},
	    {"the nearest that is listed", "b@x.near.bits.test", true, 3,
		"sender domain near.bits.test is listed: 127.0.0.64 (abuse)"},
	    {"itself", "b@bits.test", true, 1,
		"sender domain bits.test is listed: 127.0.0.72 (phishing); "
		"sender domain bits.test is listed: 127.0.0.72 (abuse)"},
	    {"of many labels", "b@1.2.3.4.bits.test", true, 4,
		"sender domain bits.test is listed: 127.0.0.72 (phishing); "
		"sender domain bits.test is listed: 127.0.0.72 (abuse)"},
	    {"two labels", BOB, true, 1, NULL},
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct policy_settings s = settings_with(w, &all[3], 1);
		struct decision d;

		s.lists[0].parents = cases[i].parents;
		CHECK(asked_about(w, &s, cases[i].sender, &d) == cases[i].asked,
		    cases[i].name);
		CHECK_STR(whys(w->arena, &d), cases[i].whys, cases[i].name);
		arena_reset(w->arena);
	}
}

/* Judged again, it is known what was asked about. */
static void
domains_above_that_nobody_asked_about_are_not_known(void **state)
{
	static const struct {
		const char *name, *sender;
		bool then, now;
		size_t unknown;
		enum verdict_action action;
	} cases[] = {
	    {"never", "b@a.b.bits.test", false, false, 0, VERDICT_ACCEPT},
	    {"now", "b@a.b.bits.test", false, true, 1, VERDICT_ACCEPT},
	    {"now, but there are none", BOB, false, true, 0, VERDICT_ACCEPT},
	    {"not any more", "b@a.b.bits.test", true, false, 0, VERDICT_ACCEPT},
	    {"always", "b@a.b.bits.test", true, true, 0, VERDICT_REJECT},
	    {"always, and not listed", "b@a.b.good.test", true, true, 0,
		VERDICT_ACCEPT},
	};
	struct world *w = *state;

	w->settings.checks[CHECK_SENDER_UNKNOWN].action = ACTION_OFF;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct policy_settings then = settings_with(w, &all[3], 1);
		struct policy_settings now = settings_with(w, &all[3], 1);
		struct decision d;
		struct rejudged again;

		then.lists[0].parents = cases[i].then;
		now.lists[0].parents = cases[i].now;
		asked_about(w, &then, cases[i].sender, &d);
		rejudge(&d, &now, w->arena, &again);
		CHECK(again.n_unknown == cases[i].unknown, cases[i].name);
		CHECK(again.verdict.action == cases[i].action, cases[i].name);
		arena_reset(w->arena);
	}
	w->settings.checks[CHECK_SENDER_UNKNOWN].action = ACTION_REJECT;
}

static void
a_refusal_suspends_the_list(void **state)
{
	struct world *w = *state;
	struct policy_settings s = settings_with(w, all, COUNT(all));
	struct decision d = decide(w, &s, "192.0.2.70", BOB);

	assert_null(whys(w->arena, &d));
	assert_true(list_health_suspended(&s.lists[1].own, clock_ms()));
	assert_int_equal(s.lists[1].own.fault, LIST_REFUSES);
	assert_false(list_health_suspended(&s.lists[2].own, clock_ms()));
}

/* In shadow mode trust spares nobody, but is told. */
static void
trust_in_shadow_mode_only_tells(void **state)
{
	struct world *w = *state;
	struct policy_settings s = settings_with(w, all, COUNT(all));
	struct decision d;

	s.lists[1].settings.shadow = true;
	d = decide(w, &s, "192.0.2.64", BOB);
	assert_int_equal(d.verdict.action, VERDICT_REJECT);
	assert_int_equal(d.unshadowed.action, VERDICT_ACCEPT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_code_leads_to_its_own),
	    cmocka_unit_test(other_codes_judge_again_what_was_recorded),
	    cmocka_unit_test(
		domains_above_are_asked_about_where_that_is_wanted),
	    cmocka_unit_test(
		domains_above_that_nobody_asked_about_are_not_known),
	    cmocka_unit_test(a_refusal_suspends_the_list),
	    cmocka_unit_test(trust_in_shadow_mode_only_tells),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
