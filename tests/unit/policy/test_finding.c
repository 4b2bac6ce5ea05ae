/* SPDX-License-Identifier: MIT */
#include "policy/finding.h"

#include "check.h"

static void
a_reply_line_has_one_class_and_is_ascii(void **state)
{
	struct arena *a = arena_new();
	const struct reply reject = {550, "7.1", "no"};
	const struct reply defer = {450, "7.1", "later"};
	const struct reply utf8 = {
	    450, "7.1", "m\xc3\xbcnchen\r\n\xe2\x82\xac"};

	(void)state;
	assert_string_equal(reply_line(a, &reject), "550 5.7.1 no");
	assert_string_equal(reply_line(a, &defer), "450 4.7.1 later");
	assert_string_equal(reply_line(a, &utf8), "450 4.7.1 m?nchen???");
	arena_free(a);
}

/* They are written into logs and JSON, for others to search. */
static void
actions_and_outcomes_have_their_names(void **state)
{
	(void)state;
	assert_string_equal(action_name(ACTION_OFF), "off");
	assert_string_equal(action_name(ACTION_SCORE), "score");
	assert_string_equal(action_name(ACTION_DEFER), "defer");
	assert_string_equal(action_name(ACTION_REJECT), "reject");
	assert_string_equal(finding_outcome_name(FINDING_FINE), "fine");
	assert_string_equal(finding_outcome_name(FINDING_HIT), "hit");
	assert_string_equal(finding_outcome_name(FINDING_TEMP), "unknown");
	assert_string_equal(finding_outcome_name(FINDING_SKIPPED), "skipped");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_reply_line_has_one_class_and_is_ascii),
	    cmocka_unit_test(actions_and_outcomes_have_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
