/* SPDX-License-Identifier: MIT */
#include "forwarding/account_choices.h"

#include "check.h"

static void
choices_are_one_text(void **state)
{
	static const struct account_check rows[] = {
	    {"a", "dnsbl", false, 1}, {"a", "spf", true, 1}};
	struct arena *a = arena_new();

	(void)state;
	CHECK_STR(account_choices_text(a, rows, 2), "-dnsbl +spf", "text");
	CHECK_STR(account_choices_text(a, rows, 0), NULL, "none");
	arena_free(a);
}

static void
a_choice_is_found_by_its_whole_name(void **state)
{
	static const struct {
		const char *choices, *check;
		enum account_choice choice;
	} rows[] = {
	    {"-dnsbl +spf", "dnsbl", CHOICE_OFF},
	    {"-dnsbl +spf", "spf", CHOICE_ON},
	    {"-dnsbl +spf", "sp", CHOICE_DEFAULT},
	    {"-dnsbl +spf", "nsbl", CHOICE_DEFAULT},
	    {NULL, "spf", CHOICE_DEFAULT},
	    {"", "spf", CHOICE_DEFAULT},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK(account_choices_find(rows[i].choices, rows[i].check) ==
			  rows[i].choice,
		    rows[i].check);
}

static void
what_two_have_chosen_is_what_both_have(void **state)
{
	static const char *const rows[][3] = {
	    {"-dnsbl +spf", "-dnsbl -spf", "-dnsbl"},
	    {"-dnsbl +spf", "+spf", "+spf"},
	    {"-dnsbl +spf", "+spf -dnsbl", "-dnsbl +spf"},
	    {"-dnsbl", NULL, NULL},
	    {NULL, "-dnsbl", NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_STR(account_choices_common(a, rows[i][0], rows[i][1]),
		    rows[i][2], rows[i][0] != NULL ? rows[i][0] : "none");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(choices_are_one_text),
	    cmocka_unit_test(a_choice_is_found_by_its_whole_name),
	    cmocka_unit_test(what_two_have_chosen_is_what_both_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
