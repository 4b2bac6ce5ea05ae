/* SPDX-License-Identifier: MIT */
#include "program/private/settings_parts.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static enum rc
open_text(const char *text, struct settings **out, struct err *err)
{
	char path[] = "/tmp/settings.XXXXXX";
	int fd = mkstemp(path);
	enum rc rc;

	assert_true(fd >= 0);
	assert_true(dprintf(fd, "domains = a.b\nhostname = a.b\n%s\n", text) >
		    0);
	close(fd);
	rc = settings_open(path, out, err);
	unlink(path);
	return rc;
}

static void
an_action_is_a_word_or_points(void **state)
{
	static const struct {
		const char *text;
		bool fits;
		enum action action;
		int points;
		bool defer_on_temp;
	} rows[] = {
	    {"accept", true, ACTION_OFF, 0, false},
	    {"reject", true, ACTION_REJECT, 0, true},
	    {"defer", true, ACTION_DEFER, 0, true},
	    {"0", true, ACTION_SCORE, 0, false},
	    {"-1000", true, ACTION_SCORE, -1000, false},
	    {"1000", true, ACTION_SCORE, 1000, false},
	    {"1001", false, ACTION_SCORE, 1001, false},
	    {"-1001", false, ACTION_SCORE, -1001, false},
	    {"Reject", false, ACTION_SCORE, 0, false},
	    {"5x", false, ACTION_SCORE, 5, false},
	    {"", false, ACTION_SCORE, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct check_settings got;

		CHECK(settings_spf_action(rows[i].text, &got) == rows[i].fits,
		    rows[i].text);
		CHECK(got.action == rows[i].action, rows[i].text);
		CHECK(got.points == rows[i].points, rows[i].text);
		CHECK(got.defer_on_temp == rows[i].defer_on_temp, rows[i].text);
		CHECK(!got.shadow, rows[i].text);
	}
}

/* Whatever the file's order, the first rule that fits is the narrowest. */
static void
a_domain_has_rules_of_its_own(void **state)
{
	static const char *const domains[] = {
	    "mail.example.org", "example.org", NULL};
	static const char text[] = "check \"spf\" { mode = \"shadow\" }\n"
				   "spf { softfail = \"3\" }\n"
				   "spf-domain \"Example.ORG\" {\n"
				   "softfail = \"reject\" }\n"
				   "spf-domain \"mail.example.org\" {\n"
				   "fail = \"accept\" none = \"defer\" }\n";
	const struct spf_rules *rules;
	struct settings *s;
	struct err err;

	(void)state;
	CHECK(open_text(text, &s, &err) == RC_OK, err.text);
	rules = s->policy.spf.rules;
	for (size_t i = 0; i < COUNT(domains); i++) {
		const char *name = domains[i] == NULL ? "all" : domains[i];

		CHECK_STR(rules[i].domain, domains[i], name);
		CHECK(rules[i].of[SPF_FAIL].shadow, name);
		CHECK(rules[i].of[SPF_SOFTFAIL].shadow, name);
		CHECK(rules[i].of[SPF_NONE].shadow, name);
	}
	assert_int_equal(rules[0].of[SPF_FAIL].action, ACTION_OFF);
	assert_int_equal(rules[0].of[SPF_NONE].action, ACTION_DEFER);
	assert_int_equal(rules[0].of[SPF_SOFTFAIL].points, 3);
	assert_int_equal(rules[1].of[SPF_SOFTFAIL].action, ACTION_REJECT);
	assert_int_equal(rules[1].of[SPF_FAIL].action,
	    rules[2].of[SPF_FAIL].action);
	assert_int_equal(rules[2].of[SPF_SOFTFAIL].points, 3);
	settings_free(s);
}

static void
what_is_no_domain_has_no_rules(void **state)
{
	struct settings *s;
	struct err err;

	(void)state;
	assert_int_equal(open_text("spf-domain \"exam ple\" { fail = 1 }\n", &s,
			     &err),
	    RC_PERM);
	CHECK(strstr(err.text, "spf-domain \"exam ple\"") != NULL, err.text);
	CHECK(strstr(err.text, "expected a domain name") != NULL, err.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_action_is_a_word_or_points),
	    cmocka_unit_test(a_domain_has_rules_of_its_own),
	    cmocka_unit_test(what_is_no_domain_has_no_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
