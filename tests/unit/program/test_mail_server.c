/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "program/mail_server.h"

#include <stdlib.h>

static void
what_postconf_says_is_read(void **state)
{
	static const struct {
		const char *lines;
		bool known, eight_bit, long_lines;
	} rows[] = {
	    {"", false, false, false},
	    {"disable_mime_output_conversion = no\n"
	     "smtp_line_length_limit = 998\n",
		true, false, false},
	    {"disable_mime_output_conversion = yes\n"
	     "smtp_line_length_limit = 0\n",
		true, true, true},
	    {"disable_mime_output_conversion = yes\n"
	     "smtp_line_length_limit = 08\n",
		true, true, false},
	    {"disable_mime_output_conversion = yes", false, true, false},
	    {"\n\nsmtp_line_length_limit = 0\n", false, false, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct survival_server s = mail_server_read(rows[i].lines);

		CHECK(s.known == rows[i].known &&
			  s.keeps_eight_bit == rows[i].eight_bit &&
			  s.keeps_long_lines == rows[i].long_lines,
		    rows[i].lines);
	}
}

/* A server that nobody can ask keeps nothing for sure. */
static void
nobody_answers(void **state)
{
	struct arena *a = arena_new();
	struct survival_server s;

	(void)state;
	setenv("MAIL_CONFIG", "/nowhere", 1);
	s = mail_server_ask(a);
	assert_false(s.known || s.keeps_eight_bit || s.keeps_long_lines);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_postconf_says_is_read),
	    cmocka_unit_test(nobody_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
