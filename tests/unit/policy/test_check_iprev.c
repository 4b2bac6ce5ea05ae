/* SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "judge_world.h"
#include "policy/decision.h"

/* A client, what Postfix says of its names, and what comes of it. */
struct named {
	const char *name, *client, *client_name, *reverse_name;
	const char *verdict; /* NULL: none */
	enum finding_outcome outcome;
	const char *why;
	size_t questions; /* about it */
};

static bool
is_about_names(const struct dns_query *q)
{
	return q->type == DNS_PTR || str_ends_fold(q->name, "back.test") ||
	       strcmp(q->name, "slow.test") == 0;
}

static const struct finding *
iprev_found(const struct judgement *j)
{
	for (size_t i = 0; i < j->n_findings; i++)
		if (strcmp(j->findings[i].check, "iprev") == 0)
			return &j->findings[i];
	return NULL;
}

static void
judge_named(struct world *w, const struct named *row, struct judgement *j,
    struct facts *facts)
{
	*facts = (struct facts){
	    .state = SMTP_RCPT,
	    .client_name = row->client_name,
	    .reverse_name = row->reverse_name,
	    .helo = MX,
	    .sender = BOB,
	    .recipient = ANN,
	};
	ip_parse(row->client, &facts->client);
	ip_parse("203.0.113.1", &facts->server);
	facts_complete(facts, w->arena, "+", w->settings.hostname);
	judge_facts(&w->judge, facts, NULL, w->arena, j);
}

static void
tells_whether_a_name_leads_back(void **state)
{
	static const struct named rows[] = {
	    {"leads back", "192.0.2.200", NULL, NULL, "pass", FINDING_FINE,
		"back.test leads back to the client", 2},
	    {"known to Postfix", "192.0.2.200", "back.test", "back.test",
		"pass", FINDING_FINE, "back.test leads back to the client", 0},
	    {"Postfix has only the name", "192.0.2.200", NULL, "back.test",
		"pass", FINDING_FINE, "back.test leads back to the client", 2},
	    {"and another than we", "192.0.2.200", NULL, "two.back.test",
		"pass", FINDING_FINE, "back.test leads back to the client", 3},
	    {"IPv6", "2001:db8::200", NULL, NULL, "pass", FINDING_FINE,
		"six.back.test leads back to the client", 2},
	    {"leads elsewhere", "192.0.2.201", NULL, NULL, "fail", FINDING_HIT,
		"elsewhere.back.test does not lead back", 2},
	    {"leads nowhere", "192.0.2.202", NULL, NULL, "fail", FINDING_HIT,
		"nowhere.back.test does not lead back", 2},
	    {"no address in time", "192.0.2.203", NULL, NULL, "temperror",
		FINDING_TEMP, "no answer in time", 2},
	    {"no name in time", "192.0.2.204", NULL, NULL, "temperror",
		FINDING_TEMP, "no answer in time", 1},
	    {"the second name", "192.0.2.205", NULL, NULL, "pass", FINDING_FINE,
		"two.back.test leads back to the client", 3},
	    {"perhaps the second", "192.0.2.206", NULL, NULL, "temperror",
		FINDING_TEMP, "no answer in time", 3},
	    {"eleven names", "192.0.2.207", NULL, NULL, "fail", FINDING_HIT,
		"n01.back.test does not lead back", 11},
	    {"the root", "192.0.2.208", NULL, NULL, "fail", FINDING_HIT,
		"the reverse name is none that DNS can hold", 1},
	    {"no name", "192.0.2.209", NULL, NULL, "permerror", FINDING_HIT,
		"the client has no reverse name", 1},
	    {"this machine", "127.0.0.1", NULL, NULL, NULL, FINDING_FINE,
		"the client is this machine", 0},
	    {"trusted", "198.51.100.7", NULL, NULL, NULL, FINDING_SKIPPED,
		"allow.clients has the client", 0},
	};
	struct world *w = *state;

	w->settings.checks[CHECK_IPREV].action = ACTION_SCORE;
	w->judge.thorough = true;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct judgement j;
		struct facts facts;
		const struct finding *f;
		size_t asked = 0;

		judge_named(w, &rows[i], &j, &facts);
		f = iprev_found(&j);
		CHECK(f != NULL, rows[i].name);
		CHECK(f->outcome == rows[i].outcome, rows[i].name);
		CHECK_STR(f->why, rows[i].why, rows[i].name);
		CHECK_STR(decision_of(w->arena, &facts, &j, clock_ms()).iprev,
		    rows[i].verdict, rows[i].name);
		for (size_t k = 0; k < j.n_queries; k++)
			asked += is_about_names(&j.queries[k]);
		CHECK(asked == rows[i].questions, rows[i].name);
		CHECK(j.verdict.points == (f->outcome == FINDING_HIT ? 5 : 0),
		    rows[i].name);
		arena_reset(w->arena);
	}
	w->settings.checks[CHECK_IPREV] = checks[CHECK_IPREV]->def;
}

static void
refuses_or_puts_off_as_it_is_told(void **state)
{
	static const struct {
		enum action action;
		bool defer_on_temp;
		const char *client, *reply; /* NULL: accepted */
	} rows[] = {
	    {ACTION_REJECT, false, "192.0.2.201",
		"550 5.7.25 Reverse DNS validation failed; client "
		"[192.0.2.201] has a name of another address"},
	    {ACTION_DEFER, false, "192.0.2.209",
		"450 4.7.25 Reverse DNS validation failed; client "
		"[192.0.2.209] has no name"},
	    {ACTION_REJECT, false, "192.0.2.204", NULL},
	    {ACTION_REJECT, true, "192.0.2.204",
		"451 4.4.3 Temporary lookup failure"},
	    {ACTION_OFF, true, "192.0.2.209", NULL},
	};
	struct world *w = *state;

	w->judge.thorough = false;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct named row = {.client = rows[i].client};
		struct judgement j;
		struct facts facts;

		w->settings.checks[CHECK_IPREV].action = rows[i].action;
		w->settings.checks[CHECK_IPREV].defer_on_temp =
		    rows[i].defer_on_temp;
		judge_named(w, &row, &j, &facts);
		CHECK_STR(j.verdict.action == VERDICT_ACCEPT
			      ? NULL
			      : reply_line(w->arena, &j.verdict.reply),
		    rows[i].reply, rows[i].client);
		arena_reset(w->arena);
	}
	w->settings.checks[CHECK_IPREV] = checks[CHECK_IPREV]->def;
}

/* After an upgrade nobody is asked or told anything new. */
static void
is_off_by_itself(void **state)
{
	static const struct named row = {.client = "192.0.2.209"};
	struct world *w = *state;
	struct judgement j;
	struct facts facts;

	judge_named(w, &row, &j, &facts);
	assert_int_equal(iprev_found(&j)->outcome, FINDING_SKIPPED);
	assert_null(j.iprev);
	for (size_t k = 0; k < j.n_queries; k++)
		assert_false(is_about_names(&j.queries[k]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_whether_a_name_leads_back),
	    cmocka_unit_test(refuses_or_puts_off_as_it_is_told),
	    cmocka_unit_test(is_off_by_itself),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
