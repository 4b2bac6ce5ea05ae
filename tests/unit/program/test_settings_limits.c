/* SPDX-License-Identifier: MIT */
/* Greylisting, limits, and what is left to members. */
#include "check.h"

#include "program/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum rc
open_settings(const char *text, struct settings **out, struct err *err)
{
	char path[] = "/tmp/postward-test-XXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");
	enum rc rc;

	fprintf(file, "hostname = mx.remotes.club\n%s", text);
	fclose(file);
	rc = settings_open(path, out, err);
	unlink(path);
	return rc;
}

static struct settings *
settings_of(const char *text)
{
	struct settings *s;
	struct err err;

	if (open_settings(text, &s, &err) != RC_OK)
		fail_msg("%s: %s", text, err.text);
	return s;
}

static void
greylisting_is_off_until_it_has_an_action(void **state)
{
	struct settings *s = settings_of("");
	const struct greylist_settings *g = &s->policy.greylist;

	(void)state;
	assert_int_equal(s->policy.checks[CHECK_GREYLIST].action, ACTION_OFF);
	assert_false(g->at_message);
	assert_int_equal(g->delay_ms, 300000);
	assert_int_equal(g->rows_max, 1000000);
	settings_free(s);
	s = settings_of("check \"greylist\" { action = defer }\n"
			"greylist { at = message delay = \"1m\" }\n");
	g = &s->policy.greylist;
	assert_int_equal(s->policy.checks[CHECK_GREYLIST].action, ACTION_DEFER);
	assert_true(g->at_message);
	assert_int_equal(g->delay_ms, 60000);
	settings_free(s);
}

static void
nothing_is_switched_until_it_is_left_to_members(void **state)
{
	struct settings *s = settings_of("");

	(void)state;
	for (size_t i = 0; i < CHECKS; i++)
		CHECK(!s->policy.may_switch[i] && !s->policy.may_switch_on[i],
		    check_name((enum check_id)i));
	settings_free(s);
	s = settings_of("members { may-switch = { spf, dnsbl }\n"
			"may-switch-on = { greylist } }\n");
	assert_true(s->policy.may_switch[CHECK_SPF]);
	assert_true(s->policy.may_switch[CHECK_DNSBL]);
	assert_false(s->policy.may_switch[CHECK_GREYLIST]);
	assert_true(s->policy.may_switch_on[CHECK_GREYLIST]);
	settings_free(s);
}

static void
there_is_no_limit_until_one_is_set(void **state)
{
	struct settings *s = settings_of("");

	(void)state;
	for (size_t i = 0; i < RATES; i++)
		assert_int_equal(s->policy.rates[i].most, 0);
	settings_free(s);
	s = settings_of("rate { target = \"1000 in 2h\" }\n");
	assert_int_equal(s->policy.rates[RATE_TARGET].most, 1000);
	assert_int_equal(s->policy.rates[RATE_TARGET].span_ms, 7200000);
	assert_int_equal(s->policy.rates[RATE_MEMBER].most, 0);
	settings_free(s);
}

static void
what_is_wrong_is_told(void **state)
{
	static const char *const rows[][2] = {
	    {"greylist { at = data }", "expected one of recipient, message"},
	    {"greylist { delay = \"2h\"\nwindow = \"1h\" }",
		"greylist.window: expected more than delay"},
	    {"greylist { rows = 1 }", "rows"},
	    {"members { may-switch = { loop } }", "may-switch"},
	    {"rate { member = \"5 an hour\" }", "200 in 1h"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct settings *s;
		struct err err = {""};

		CHECK(open_settings(rows[i][0], &s, &err) == RC_PERM,
		    rows[i][0]);
		CHECK(strstr(err.text, rows[i][1]) != NULL, err.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(greylisting_is_off_until_it_has_an_action),
	    cmocka_unit_test(nothing_is_switched_until_it_is_left_to_members),
	    cmocka_unit_test(there_is_no_limit_until_one_is_set),
	    cmocka_unit_test(what_is_wrong_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
