/* SPDX-License-Identifier: MIT */
#include "policy/policy_metrics.h"

#include "check.h"
#include "policy/check.h"

static int64_t
shown(const char *label)
{
	for (size_t i = 0; i < policy_decisions.n; i++)
		if (strcmp(policy_decisions.labels[i], label) == 0)
			return metric_value(&policy_decisions, i);
	fail_msg("no label %s", label);
	return -1;
}

/* A new check without a label would be counted as nobody's. */
static void
each_check_is_counted_by_its_name(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (int i = 0; i < CHECKS; i++) {
		const struct finding finding = {
		    .check = check_name((enum check_id)i)};
		const struct verdict verdict = {
		    .action = VERDICT_REJECT,
		    .decider = &finding,
		};
		const char *label =
		    arena_printf(a, "check=\"%s\",action=\"reject\"",
			check_name((enum check_id)i));

		policy_metrics_count(&verdict);
		assert_int_equal(shown(label), 1);
	}
	arena_free(a);
}

static void
who_is_accepted_or_has_points_has_no_check(void **state)
{
	const struct verdict accepted = {.action = VERDICT_ACCEPT};
	const struct verdict points = {.action = VERDICT_DEFER};

	(void)state;
	policy_metrics_count(&accepted);
	policy_metrics_count(&points);
	assert_int_equal(shown("check=\"none\",action=\"accept\""), 1);
	assert_int_equal(shown("check=\"points\",action=\"defer\""), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_check_is_counted_by_its_name),
	    cmocka_unit_test(who_is_accepted_or_has_points_has_no_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
