/* SPDX-License-Identifier: MIT */
/* Seen through config_read, for what libconfuse then makes of it counts. */
#include "check.h"

#include "base/config.h"
#include "base/private/config_scan.h"

#include <stdbool.h>

static const struct config_key keys[] = {
    {"", "hostname", CONFIG_TEXT, .def = ""},
};

static void
knows_comments_and_quotes(void **state)
{
	static const struct {
		const char *name, *text, *hostname;
	} cases[] = {
	    {"bare", "hostname=a.b-c_d:/@5", "a.b-c_d:/@5"},
	    {"two slashes in a word", "hostname = http://x//y", "http://x//y"},
	    {"double quotes", "hostname = \"a # b // c /* ' \"",
		"a # b // c /* ' "},
	    {"escapes", "hostname = \"\\\"\\\\\\$\\n\\t\"", "\"\\$\n\t"},
	    {"single quotes", "hostname = 'a\"${b}\\'\\\\\\n'",
		"a\"${b}'\\\\n"},
	    {"a dollar", "hostname = \"$x \\${HOME} $\"", "$x ${HOME} $"},
	    {"not ASCII", "hostname = \"\xc3\xa4\xff\"", "\xc3\xa4\xff"},
	    {"# comment", "# x = {\nhostname = a # }'\n", "a"},
	    {"// comment", "// x = \"\nhostname = a // '", "a"},
	    {"/* comment */", "/* x\n * { */hostname /**/=/*/ */a /***/", "a"},
	    {"line ends of DOS", "hostname = a\r\n# x\r\n", "a"},
	    {"nothing", "", ""},
	    {"empty", "hostname = \"\"", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config *c;
		struct err err = {""};

		config_read(cases[i].text, "FILE", keys, COUNT(keys), &c, &err);
		CHECK_STR(err.text, "", cases[i].name);
		CHECK_STR(config_text(c, "", NULL, "hostname"),
		    cases[i].hostname, cases[i].name);
		config_free(c);
	}
}

static void
blanks_comments_where_they_stand(void **state)
{
	static const struct {
		const char *before, *after;
	} cases[] = {
	    {"a # b\n c", "a    \n c"},
	    {"a// b\n", "a// b\n"},
	    {"a // b", "a     "},
	    {"{// b", "{    "},
	    {"/* a\n # */ b } /**/", "    \n      b }     "},
	    {"\"/*\" '//' \"#\"", "\"/*\" '//' \"#\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[100];

		strcpy(text, cases[i].before);
		config_scan(text, "FILE", NULL);
		CHECK_STR(text, cases[i].after, cases[i].before);
	}
}

static void
refuses_what_libconfuse_would_misread(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
	    {"x = \"a\n\"", "FILE:1: expected the closing quote on this line"},
	    {"\nx = 'a", "FILE:2: expected the closing quote on this line"},
	    {"x = \"a\\\nb\"",
		"FILE:1: expected the closing quote on this line"},
	    {"x = \"a\\", "FILE:1: expected the closing quote on this line"},
	    {"x = \"\\x41\"",
		"FILE:1: after a backslash expected a quote, a backslash, $, n "
		"or t"},
	    {"x = \"\\0\"",
		"FILE:1: after a backslash expected a quote, a backslash, $, n "
		"or t"},
	    {"x = \"${HOME}\"",
		"FILE:1: variables are not expanded: expected \"\\$\" where "
		"\"$\" comes before \"{\""},
	    {"x = ${HOME}", "FILE:1: unexpected \"$\" outside quotes"},
	    {"\n/* x\n", "FILE:2: this comment never ends"},
	    {"\nx {\n y = 5s\n", "FILE:2: this \"{\" is never closed"},
	    {"x { } y {\n z = { a }\n", "FILE:1: this \"{\" is never closed"},
	    {"include(x)", "FILE:1: unexpected \"(\" outside quotes"},
	    {"x += { a }", "FILE:1: unexpected \"+\" outside quotes"},
	    {"x = a;", "FILE:1: unexpected \";\" outside quotes"},
	    {"x = a/*b*/", "FILE:1: unexpected \"*\" outside quotes"},
	    {"x|y = 5s", "FILE:1: unexpected \"|\" outside quotes"},
	    {"\"x|y\"\n # z\n = 5s", "FILE:3: expected a key without quotes"},
	    {"x = \x01", "FILE:1: unexpected \"\\x01\" outside quotes"},
	    {"x = \xc3\xa4", "FILE:1: unexpected \"\xc3\xa4\" outside quotes"},
	    {"x = \xff", "FILE:1: unexpected \"\\xff\" outside quotes"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[100];
		struct err err = {"no error"};

		strcpy(text, cases[i].text);
		CHECK(config_scan(text, "FILE", &err) == RC_PERM,
		    cases[i].text);
		CHECK_STR(err.text, cases[i].error, cases[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_comments_and_quotes),
	    cmocka_unit_test(blanks_comments_where_they_stand),
	    cmocka_unit_test(refuses_what_libconfuse_would_misread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
