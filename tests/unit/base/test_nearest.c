/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/nearest.h"

static void
guesses_what_was_meant(void **state)
{
	static const char *const known[] = {"helo_unknown", "helo_self",
	    "listen", "level", "log", "max-connections", "group"};
	static const struct {
		const char *word, *meant;
	} cases[] = {
	    {"helo_unknwon", "helo_unknown"},
	    {"max-connectons", "max-connections"},
	    {"max_connections", "max-connections"},
	    {"listne", "listen"},
	    {"isten", "listen"},
	    {"llisten", "listen"},
	    {"lgo", "log"},
	    {"log", "log"},
	    {"groups", "group"},
	    {"include", NULL},
	    {"x", NULL},
	    {"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_STR(nearest(cases[i].word, known, COUNT(known)),
		    cases[i].meant, cases[i].word);
}

static void
takes_the_nearest_and_of_two_the_first(void **state)
{
	static const char *const known[] = {"relay", "reply", "delay"};

	(void)state;
	assert_string_equal(nearest("rely", known, 3), "relay");
	assert_string_equal(nearest("dela", known, 3), "delay");
}

static void
gives_up_on_endless_words(void **state)
{
	static const char *const known[] = {"listen"};
	char word[1000];

	(void)state;
	memset(word, 'l', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	assert_null(nearest(word, known, 1));
	assert_null(nearest("listen", NULL, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(guesses_what_was_meant),
	    cmocka_unit_test(takes_the_nearest_and_of_two_the_first),
	    cmocka_unit_test(gives_up_on_endless_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
