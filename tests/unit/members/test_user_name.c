/* SPDX-License-Identifier: MIT */
#include "members/private/user_name.h"

#include "check.h"

static void
takes_a_letter_then_letters_and_digits(void **state)
{
	static const struct {
		const char *name;
		bool valid;
	} rows[] = {
	    {"a", true},
	    {"ann", true},
	    {"a1", true},
	    {"z9z9", true},
	    {"abcdefghijklmnopqrstuvwxyz01234", true}, /* 31 */
	    {"abcdefghijklmnopqrstuvwxyz012345", false},
	    {"", false},
	    {"1a", false},
	    {"Ann", false},
	    {"anN", false},
	    {"a-b", false},
	    {"a.b", false},
	    {"a_b", false},
	    {"a+b", false},
	    {"a b", false},
	    {" a", false},
	    {"a ", false},
	    {"a\n", false},
	    {"a\r\nBcc: x", false},
	    {"a\t", false},
	    {"a@b", false},
	    {"\xc3\xa4nn", false},
	    {"a`b", false},
	    {"a{b", false},
	    {"a/b", false},
	    {"a:b", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK(user_name_is_valid(rows[i].name) == rows[i].valid,
		    rows[i].name);
}

static void
knows_roles(void **state)
{
	static const char *const roles[] = {"postmaster", "abuse", "hostmaster",
	    "webmaster", "security", "noc", "info", "support", "root", "admin",
	    "administrator", "bounce", "Postmaster", "nobody", "srs0",
	    "noreply", "www", "mail", "localhost", "autodiscover", "updates"};
	static const char *const others[] = {"ann", "post", "postmasters",
	    "adminx", "", "roo", "#", "# users of the system",
	    "billing contact"};

	(void)state;
	for (size_t i = 0; i < COUNT(roles); i++)
		CHECK(user_name_is_role(roles[i]), roles[i]);
	for (size_t i = 0; i < COUNT(others); i++)
		CHECK(!user_name_is_role(others[i]), others[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_a_letter_then_letters_and_digits),
	    cmocka_unit_test(knows_roles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
