/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/err.h"

static void
fails_in_one_statement(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(err_set(&err, RC_TEMP, "%s: %d", "x", 5), RC_TEMP);
	assert_string_equal(err.text, "x: 5");
}

static void
needs_nobody_who_listens(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, RC_PERM, "%s", "x"), RC_PERM);
}

static void
cuts_a_long_sentence(void **state)
{
	struct err err;

	(void)state;
	err_set(&err, RC_PERM, "%01000d", 1);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

static void
says_more_about_its_own_text(void **state)
{
	struct err err;

	(void)state;
	err_set(&err, RC_TEMP, "no route");
	err_set(&err, RC_TEMP, "%s: %s", "192.0.2.1", err.text);
	assert_string_equal(err.text, "192.0.2.1: no route");
}

static void
names_the_four_answers(void **state)
{
	(void)state;
	assert_string_equal(rc_name(RC_OK), "ok");
	assert_string_equal(rc_name(RC_NONE), "none");
	assert_string_equal(rc_name(RC_TEMP), "temp");
	assert_string_equal(rc_name(RC_PERM), "perm");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fails_in_one_statement),
	    cmocka_unit_test(needs_nobody_who_listens),
	    cmocka_unit_test(cuts_a_long_sentence),
	    cmocka_unit_test(says_more_about_its_own_text),
	    cmocka_unit_test(names_the_four_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
