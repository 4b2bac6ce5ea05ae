/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/config_files.h"
#include "base/str.h"

static void
tells_all_paths(void **state)
{
	static const struct config_key own[] = {
	    {"", "a", CONFIG_FILE, .def = "/default/a"},
	    {"", "name", CONFIG_TEXT, .def = "/no/file"},
	    {"s", "b", CONFIG_FILE, .def = "/default/b"},
	    {"s", "none", CONFIG_FILE, .def = ""},
	    {"s", "f", CONFIG_FOLDER, .def = "/default/f"},
	    {"t", "c", CONFIG_FILE, .def = "", .titled = true},
	};
	static const struct {
		const char *text, *files;
	} cases[] = {
	    {"", "/default/a /default/b "},
	    {"a = \"/x\"\n", "/x /default/b "},
	    {"s { none = \"/x\" }\n", "/default/a /default/b /x "},
	    {"a = \"\"\ns { b = \"\" }\n", ""},
	    {"t \"1\" { c = \"/1\" }\nt \"2\" { c = \"/2\" }\nt \"3\" { }\n",
		"/default/a /default/b /2 /1 "},
	};
	struct arena *a = arena_new();
	struct config *c;
	struct err err;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config_list found;
		struct str all;

		assert_int_equal(config_read(cases[i].text, "test", own,
				     COUNT(own), &c, &err),
		    RC_OK);
		str_init(&all, a);
		found = config_paths(c, a, CONFIG_FILE);
		for (size_t k = 0; k < found.n; k++)
			str_addf(&all, "%s ", found.items[k]);
		CHECK_STR(all.text, cases[i].files, cases[i].text);
		found = config_paths(c, a, CONFIG_FOLDER);
		CHECK(found.n == 1, cases[i].text);
		CHECK_STR(found.items[0], "/default/f", cases[i].text);
		config_free(c);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_all_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
