/* SPDX-License-Identifier: MIT */
#include "policy/verdict.h"

#include "check.h"

#define FOUND(what, does, hidden, worth, code_, dsn_)                          \
	{                                                                      \
		.outcome = what,                                               \
		.settings = {.action = does,                                   \
		    .shadow = hidden,                                          \
		    .points = worth},                                          \
		.reply = {.code = code_, .dsn = dsn_, .text = "no"},           \
	}
#define HIT(does, worth, code)                                                 \
	FOUND(FINDING_HIT, does, false, worth, code, "7.1")
#define SHADOW(does, worth, code)                                              \
	FOUND(FINDING_HIT, does, true, worth, code, "7.1")
/* Of a list. */
#define LISTED(does, hidden, worth)                                            \
	{                                                                      \
		.list = "bl.test", .outcome = FINDING_HIT,                     \
		.settings = {.action = does,                                   \
		    .shadow = hidden,                                          \
		    .points = worth},                                          \
		.reply = {.code = 554, .dsn = "7.1", .text = "no"},            \
	}
#define FINE FOUND(FINDING_FINE, ACTION_REJECT, false, 0, 550, "7.1")
#define TEMP(defer)                                                            \
	{                                                                      \
		.outcome = FINDING_TEMP, .settings = {.defer_on_temp = defer}, \
		.reply = {.code = 451, .dsn = "4.3", .text = "later"},         \
	}

static void
findings_give_a_verdict(void **state)
{
	static const struct {
		const char *name;
		struct finding findings[3];
		enum verdict_action action, unshadowed;
		unsigned code;
		int decider, points;
	} cases[] = {
	    {"nothing found", {FINE, FINE, FINE}, VERDICT_ACCEPT,
		VERDICT_ACCEPT, 0, -1, 0},
	    {"a refusal", {FINE, HIT(ACTION_REJECT, 5, 554), FINE},
		VERDICT_REJECT, VERDICT_REJECT, 554, 1, 0},
	    {"the first of two",
		{HIT(ACTION_REJECT, 5, 550), HIT(ACTION_REJECT, 5, 554), FINE},
		VERDICT_REJECT, VERDICT_REJECT, 550, 0, 0},
	    {"for good before for now",
		{HIT(ACTION_REJECT, 5, 450), HIT(ACTION_REJECT, 5, 554), FINE},
		VERDICT_REJECT, VERDICT_REJECT, 554, 1, 0},
	    {"a 4xx refusal", {HIT(ACTION_REJECT, 5, 450), FINE, FINE},
		VERDICT_DEFER, VERDICT_DEFER, 450, 0, 0},
	    {"defer softens 5xx", {HIT(ACTION_DEFER, 5, 554), FINE, FINE},
		VERDICT_DEFER, VERDICT_DEFER, 454, 0, 0},
	    {"off is off", {HIT(ACTION_OFF, 5, 554), FINE, FINE},
		VERDICT_ACCEPT, VERDICT_ACCEPT, 0, -1, 0},
	    {"points under the limit", {HIT(ACTION_SCORE, 9, 554), FINE, FINE},
		VERDICT_ACCEPT, VERDICT_ACCEPT, 0, -1, 9},
	    {"points reach it",
		{HIT(ACTION_SCORE, 5, 554), HIT(ACTION_SCORE, 5, 554), FINE},
		VERDICT_REJECT, VERDICT_REJECT, 550, -1, 10},
	    {"some speak for the client",
		{HIT(ACTION_SCORE, 12, 554), HIT(ACTION_SCORE, -5, 554), FINE},
		VERDICT_ACCEPT, VERDICT_ACCEPT, 0, -1, 7},
	    {"points go before a deferral",
		{HIT(ACTION_SCORE, 10, 554), TEMP(true), FINE}, VERDICT_REJECT,
		VERDICT_REJECT, 550, -1, 10},
	    {"our trouble defers", {TEMP(true), FINE, FINE}, VERDICT_DEFER,
		VERDICT_DEFER, 451, 0, 0},
	    {"or is passed over", {TEMP(false), FINE, FINE}, VERDICT_ACCEPT,
		VERDICT_ACCEPT, 0, -1, 0},
	    {"a shadow does nothing",
		{SHADOW(ACTION_REJECT, 5, 554), FINE, FINE}, VERDICT_ACCEPT,
		VERDICT_REJECT, 0, -1, 0},
	    {"nor do its points", {SHADOW(ACTION_SCORE, 50, 554), FINE, FINE},
		VERDICT_ACCEPT, VERDICT_REJECT, 0, -1, 0},
	    {"a list that trusts him spares another's word",
		{LISTED(ACTION_REJECT, false, 5),
		    LISTED(ACTION_SCORE, false, 9),
		    LISTED(ACTION_PASS, false, 0)},
		VERDICT_ACCEPT, VERDICT_ACCEPT, 0, -1, 0},
	    {"but not what a check has found",
		{HIT(ACTION_REJECT, 5, 550), LISTED(ACTION_PASS, false, 0),
		    FINE},
		VERDICT_REJECT, VERDICT_REJECT, 550, 0, 0},
	    {"nor good points",
		{LISTED(ACTION_SCORE, false, -3), LISTED(ACTION_PASS, false, 0),
		    FINE},
		VERDICT_ACCEPT, VERDICT_ACCEPT, 0, -1, -3},
	    {"in the shadow it does nothing",
		{LISTED(ACTION_REJECT, false, 5), LISTED(ACTION_PASS, true, 0),
		    FINE},
		VERDICT_REJECT, VERDICT_ACCEPT, 554, 0, 0},
	    {"nor if nobody is on it",
		{LISTED(ACTION_REJECT, false, 5),
		    {.list = "white.test",
			.outcome = FINDING_TEMP,
			.settings = {.action = ACTION_PASS}},
		    FINE},
		VERDICT_REJECT, VERDICT_REJECT, 554, 0, 0},
	    {"trouble never becomes 5xx", {TEMP(true), TEMP(true), TEMP(true)},
		VERDICT_DEFER, VERDICT_DEFER, 451, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct finding *f = cases[i].findings;
		struct verdict v = verdict_of(f, 3, 10, false);
		struct verdict w = verdict_of(f, 3, 10, true);

		CHECK(v.action == cases[i].action, cases[i].name);
		CHECK(w.action == cases[i].unshadowed, cases[i].name);
		CHECK(v.reply.code == cases[i].code, cases[i].name);
		CHECK(v.points == cases[i].points, cases[i].name);
		CHECK(v.decider ==
			  (cases[i].decider < 0 ? NULL : f + cases[i].decider),
		    cases[i].name);
	}
}

static void
verdicts_have_their_names(void **state)
{
	(void)state;
	assert_string_equal(verdict_action_name(VERDICT_ACCEPT), "accept");
	assert_string_equal(verdict_action_name(VERDICT_DEFER), "defer");
	assert_string_equal(verdict_action_name(VERDICT_REJECT), "reject");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(findings_give_a_verdict),
	    cmocka_unit_test(verdicts_have_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
