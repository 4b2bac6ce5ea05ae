/* SPDX-License-Identifier: MIT */
#include "mail/authres.h"

#include "check.h"

static void
reads_whose_a_field_is(void **state)
{
	static const struct {
		const char *value, *id; /* NULL: malformed */
	} cases[] = {
	    {"mx.example.org; none", "mx.example.org"},
	    {" MX.Example.ORG ; spf=pass", "mx.example.org"},
	    {"mx.example.org 1; spf=pass", "mx.example.org"},
	    {"(a (b\\)) c) mx.example.org (d);none", "mx.example.org"},
	    {"\"mx.exam\\ple.org\"; spf=pass", "mx.example.org"},
	    {"\r\n\tmx.example.org;\r\n\tspf=pass", "mx.example.org"},
	    {"mx.example.org", "mx.example.org"},
	    {"Some_Thing!; spf=pass", "some_thing!"},
	    {"", NULL},
	    {"; mx.example.org", NULL},
	    {"(never closed mx.example.org", NULL},
	    {"\"never closed", NULL},
	    {"mx.example.org spf=pass", NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *id = NULL;
		enum rc rc = authres_read_id(a, cases[i].value, &id);

		CHECK((rc == RC_OK) == (cases[i].id != NULL), cases[i].value);
		if (rc == RC_OK)
			CHECK_STR(id, cases[i].id, cases[i].value);
	}
	arena_free(a);
}

static void
writes_what_was_found(void **state)
{
	static const char *const results[] = {"spf=pass", "dkim=none"};
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(authres_compose(a, "mx.a", NULL, 0), "mx.a; none");
	assert_string_equal(authres_compose(a, "mx.a", results, 2),
	    "mx.a;\n\tspf=pass;\n\tdkim=none");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_whose_a_field_is),
	    cmocka_unit_test(writes_what_was_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
