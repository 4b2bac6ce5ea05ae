/* SPDX-License-Identifier: MIT */
#include "program/private/settings_parts.h"

#include "program/open_text.h"

static void
accounts_come_from_where_it_says(void **state)
{
	static const struct {
		const char *text;
		enum forwards_source sources[FORWARDS_SOURCES];
		size_t n;
		bool homes;
	} cases[] = {
	    {"", {FORWARDS_STORE}, 1, false},
	    {"home-forwards = yes", {FORWARDS_STORE, FORWARDS_HOME}, 2, true},
	    {"sources = { \"home\", \"store\" }",
		{FORWARDS_HOME, FORWARDS_STORE}, 2, true},
	    {"sources = { \"home\", \"store\" }\nhome-forwards = yes",
		{FORWARDS_HOME, FORWARDS_STORE}, 2, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct settings *s = must_open_ours(cases[i].text);
		const struct forwards_settings *f = &s->forwards;

		CHECK(f->n_sources == cases[i].n, cases[i].text);
		for (size_t k = 0; k < cases[i].n; k++)
			CHECK(f->sources[k] == cases[i].sources[k],
			    cases[i].text);
		CHECK((f->home_of != NULL) == cases[i].homes, cases[i].text);
		settings_free(s);
	}
}

static void
sources_that_make_no_sense_are_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"sources = { \"home\" }", "expected \"store\" among them"},
	    {"sources = {}", "expected \"store\" among them"},
	    {"sources = { \"store\", \"store\" }", "there twice"},
	    {"sources = { \"store\", \"hom\" }", "did you mean \"home\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		must_refuse_ours(cases[i].text, cases[i].says);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(accounts_come_from_where_it_says),
	    cmocka_unit_test(sources_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
