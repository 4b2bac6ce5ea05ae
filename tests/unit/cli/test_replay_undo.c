/* SPDX-License-Identifier: MIT */
#include "replay_undo.h"

#include "check.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static void
each_group_has_its_lines(void **state)
{
	static const struct {
		const char *name, *check, *list, *why, *spared;
		struct check_settings settings;
		enum replay_way way;
		const char *undo;
	} rows[] = {
	    {"helo_unknown", "helo_unknown", NULL, "no record", NULL,
		{.action = ACTION_REJECT}, REPLAY_STRICTER,
		"check \"helo_unknown\" {\n\tmode = \"shadow\"\n}\n"},
	    {"helo_unknown", "helo_unknown", NULL, "no record", NULL,
		{.action = ACTION_DEFER}, REPLAY_MILDER,
		"check \"helo_unknown\" {\n\taction = \"defer\"\n"
		"\tmode = \"enforce\"\n}\n"},
	    {"helo_unknown", "helo_unknown", NULL, "no record",
		"allow.helos has the HELO name", {.action = ACTION_REJECT},
		REPLAY_MILDER,
		"# allow.helos has the HELO name: take it out there\n"},
	    {"dnsbl zen", "dnsbl", "zen", "is listed: 127.0.0.2", NULL,
		{.action = ACTION_REJECT}, REPLAY_STRICTER,
		"dnsbl \"zen\" {\n\tmode = \"shadow\"\n}\n"},
	    {"rhsbl dbl", "rhsbl", "dbl", "is listed: 127.0.1.2", NULL,
		{.action = ACTION_SCORE, .points = 4}, REPLAY_MILDER,
		"rhsbl \"dbl\" {\n\taction = \"score\"\n\tpoints = 4\n"
		"\tmode = \"enforce\"\n}\n"},
	    {"spf", "spf", NULL, "softfail of mailfrom a.test", NULL,
		{.action = ACTION_REJECT}, REPLAY_STRICTER,
		"spf {\n\tsoftfail = 0\n}\n"},
	    {"spf", "spf", NULL, "none of mailfrom a.test", NULL,
		{.action = ACTION_REJECT}, REPLAY_MILDER,
		"spf {\n\tnone = reject\n}\n"},
	    {"spf", "spf", NULL, "fail of mailfrom a.test", NULL,
		{.action = ACTION_REJECT}, REPLAY_STRICTER,
		"check \"spf\" {\n\tmode = \"shadow\"\n}\n"},
	    {"points", NULL, NULL, NULL, NULL, {0}, REPLAY_STRICTER,
		"policy {\n\treject-at = 13\n}\n"},
	    {"points", NULL, NULL, NULL, NULL, {0}, REPLAY_MILDER,
		"policy {\n\treject-at = 8\n}\n"},
	    {"fate", "fate", NULL, "only SPF", NULL, {0}, REPLAY_STRICTER,
		"forwarding {\n\tmode = \"shadow\"\n}\n"},
	    {"fate", NULL, NULL, NULL, NULL, {0}, REPLAY_MILDER,
		"forwarding {\n\tmode = \"enforce\"\n}\n"},
	    /* Of a log, or a record, that somebody else has written. */
	    {"dnsbl", "dnsbl", "a\" {\n}\ninclude(/x)", NULL, NULL,
		{.action = ACTION_REJECT}, REPLAY_MILDER, NULL},
	    {"dnsbl", "dnsbl", "a\x1b[2J", NULL, NULL,
		{.action = ACTION_REJECT}, REPLAY_MILDER, NULL},
	    {"a\nb", "a\nb", NULL, NULL, NULL, {.action = ACTION_REJECT},
		REPLAY_STRICTER, NULL},
	    {"header_limit", "header_limit", NULL, "too long", NULL, {0},
		REPLAY_STRICTER, NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct replay_group g = {.name = rows[i].name,
		    .points_min = 8,
		    .points_max = 12,
		    .spared = rows[i].spared,
		    .finding = {.check = rows[i].check,
			.list = rows[i].list,
			.why = rows[i].why,
			.settings = rows[i].settings}};

		CHECK_STR(replay_undo(a, &g, rows[i].way, REPLAY_BY_CHECK),
		    rows[i].undo, rows[i].name);
	}
	arena_free(a);
}

/* As far as reject-at goes. */
static void
points_are_what_can_be_set(void **state)
{
	static const struct {
		int points;
		enum replay_way way;
		const char *undo;
	} rows[] = {
	    {0, REPLAY_MILDER, NULL},
	    {1, REPLAY_MILDER, "policy {\n\treject-at = 1\n}\n"},
	    {100000, REPLAY_STRICTER, NULL},
	    {INT_MAX, REPLAY_STRICTER, NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct replay_group g = {.name = "points",
		    .points_min = rows[i].points,
		    .points_max = rows[i].points};

		CHECK_STR(replay_undo(a, &g, rows[i].way, REPLAY_BY_CHECK),
		    rows[i].undo, "points");
	}
	arena_free(a);
}

/* What strangers call themselves is no line of a configuration. */
static void
senders_are_allowed_if_they_are_domains(void **state)
{
	static const struct {
		const char *name, *undo;
	} rows[] = {
	    {"a.test", "allow {\n\tsenders = { \"a.test\" }\n}\n"},
	    {"<>", NULL},
	    {"a.test\" }\n", NULL},
	    {"-", NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct replay_group g = {.name = rows[i].name};

		CHECK_STR(replay_undo(a, &g, REPLAY_STRICTER, REPLAY_BY_SENDER),
		    rows[i].undo, rows[i].name);
		CHECK_STR(replay_undo(a, &g, REPLAY_STRICTER, REPLAY_BY_MEMBER),
		    NULL, rows[i].name);
	}
	arena_free(a);
}

static void
names_are_counted_and_have_an_end(void **state)
{
	struct arena *a = arena_new();
	struct replay_tally *t = replay_tally_new(a);
	struct replay_group **sorted;
	char sender[40];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		static const struct finding found = {
		    .check = "dnsbl", .list = "zen", .outcome = FINDING_HIT};
		struct decision d = {.facts = {.sender = sender}};
		const struct replay_case c = {.decision = &d,
		    .account = "ann@remotes.club",
		    .after = {.verdict = {.action = VERDICT_REJECT,
				  .decider = &found}}};

		snprintf(sender, sizeof(sender), "x@%d.test", i % 1000);
		replay_tally_add(t, &c);
	}
	assert_int_equal(replay_changed(t, REPLAY_STRICTER), 5000);
	assert_int_equal(replay_changed(t, REPLAY_MILDER), 0);
	assert_int_equal(t->groups[REPLAY_STRICTER][REPLAY_BY_SENDER].n, 1000);
	sorted = replay_groups_sorted(a,
	    &t->groups[REPLAY_STRICTER][REPLAY_BY_SENDER]);
	assert_int_equal(sorted[0]->n, 5);
	assert_string_equal(sorted[0]->name, "0.test");
	sorted = replay_groups_sorted(a,
	    &t->groups[REPLAY_STRICTER][REPLAY_BY_CHECK]);
	assert_string_equal(sorted[0]->name, "dnsbl zen");
	assert_string_equal(sorted[0]->examples[2].sender, "x@2.test");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_group_has_its_lines),
	    cmocka_unit_test(points_are_what_can_be_set),
	    cmocka_unit_test(senders_are_allowed_if_they_are_domains),
	    cmocka_unit_test(names_are_counted_and_have_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
