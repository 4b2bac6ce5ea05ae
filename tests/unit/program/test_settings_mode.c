/* SPDX-License-Identifier: MIT */
/* policy.mode: all checks at once, but those that say otherwise. */
#include "check.h"

#include "program/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct settings *
settings_of(const char *text)
{
	char path[] = "/tmp/postward-test-XXXXXX";
	struct settings *s;
	FILE *file = fdopen(mkstemp(path), "w");
	struct err err;

	fprintf(file, "hostname = mx.remotes.club\n%s", text);
	fclose(file);
	if (settings_open(path, &s, &err) != RC_OK)
		fail_msg("%s: %s", text, err.text);
	unlink(path);
	return s;
}

/* All are in shadow but those that policy.mode is not about, and one. */
static void
expect_shadow(const char *text, const char *but)
{
	struct settings *s = settings_of(text);

	for (size_t i = 0; i < CHECKS; i++) {
		const char *name = check_name((enum check_id)i);
		bool enforced = strcmp(name, "loop") == 0 ||
				strcmp(name, "header_limit") == 0 ||
				strcmp(name, "author_reply") == 0 ||
				strcmp(name, but) == 0;

		CHECK(s->policy.checks[i].shadow == !enforced, name);
		CHECK(s->policy.checks[i].action == checks[i]->def.action,
		    name);
	}
	settings_free(s);
}

static void
all_checks_are_in_shadow_at_once(void **state)
{
	(void)state;
	expect_shadow("policy { mode = shadow }\n", "");
}

static void
the_order_of_sections_means_nothing(void **state)
{
	(void)state;
	expect_shadow("check \"recipient\" { mode = enforce }\n"
		      "policy { mode = shadow }\n",
	    "recipient");
}

static void
a_section_without_a_mode_follows(void **state)
{
	(void)state;
	expect_shadow("policy { mode = shadow }\n"
		      "check \"helo_self\" { points = 3 }\n",
	    "");
}

static void
a_loop_is_let_through_only_by_its_own_mode(void **state)
{
	struct settings *s = settings_of("check \"loop\" { mode = shadow }\n");

	(void)state;
	assert_true(s->policy.checks[CHECK_LOOP].shadow);
	assert_false(s->policy.checks[CHECK_RECIPIENT].shadow);
	settings_free(s);
}

static void
lists_and_results_of_spf_follow(void **state)
{
	struct settings *s =
	    settings_of("policy { mode = shadow }\n"
			"dnsbl \"a.example\" {}\n"
			"dnsbl \"b.example\" { mode = enforce }\n"
			"rhsbl \"c.example\" { action = defer }\n"
			"spf-domain \"bank.example\" { softfail = reject }\n");

	(void)state;
	assert_int_equal(s->policy.n_lists, 3);
	assert_true(s->policy.lists[0].settings.shadow);
	assert_false(s->policy.lists[1].settings.shadow);
	assert_true(s->policy.lists[2].settings.shadow);
	for (size_t i = 0; i < SPF_VERDICTS; i++)
		if (i == SPF_FAIL || i == SPF_SOFTFAIL)
			assert_true(s->policy.spf.rules[0].of[i].shadow);
	settings_free(s);
}

static void
enforced_is_what_is_not_said(void **state)
{
	struct settings *s = settings_of("dnsbl \"a.example\" {}\n");

	(void)state;
	for (size_t i = 0; i < CHECKS; i++)
		CHECK(s->policy.checks[i].shadow ==
			  (i == CHECK_DKIM || i == CHECK_DMARC ||
			      i == CHECK_FATE),
		    check_name((enum check_id)i));
	assert_false(s->policy.lists[0].settings.shadow);
	settings_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_checks_are_in_shadow_at_once),
	    cmocka_unit_test(the_order_of_sections_means_nothing),
	    cmocka_unit_test(a_section_without_a_mode_follows),
	    cmocka_unit_test(a_loop_is_let_through_only_by_its_own_mode),
	    cmocka_unit_test(lists_and_results_of_spf_follow),
	    cmocka_unit_test(enforced_is_what_is_not_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
