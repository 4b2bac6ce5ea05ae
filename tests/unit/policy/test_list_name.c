/* SPDX-License-Identifier: MIT */
#include "policy/list_name.h"

#include "check.h"

static void
leaves_the_key_out_of_a_zone(void **state)
{
	static const struct {
		const char *zone, *name;
	} cases[] = {
	    {"zen.spamhaus.org", "zen.spamhaus.org"},
	    {"bl.mail.example.org", "bl.mail.example.org"},
	    {"a-very-long-name-of-2026.example", "a-very-long-name-of-2026."
						 "example"},
	    {"xn--9kqy22a4xh1234567890.example", "xn--9kqy22a4xh1234567890."
						 "example"},
	    {"zen.dq.spamhaus.net", "zen.dq.spamhaus.net"},
	    {"dq.spamhaus.net", "dq.spamhaus.net"},
	    {"notdq.spamhaus.net", "notdq.spamhaus.net"},
	    {"key.zen.dq.spamhaus.net", "zen.dq.spamhaus.net"},
	    {"KEY.dbl.DQ.Spamhaus.NET", "dbl.DQ.Spamhaus.NET"},
	    {"two.parts.zen.dq.spamhaus.net", "zen.dq.spamhaus.net"},
	    {"key.combined.mail.abusix.zone", "combined.mail.abusix.zone"},
	    {"key.df.uribl.com", "df.uribl.com"},
	    {"0123456789abcdef.bl.example", "bl.example"},
	    {"sip.0123456789abcdef.example", "sip.example"},
	    {"0123456789abcdef", "list"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool keyed = strcmp(cases[i].zone, cases[i].name) != 0;

		CHECK_STR(list_name_of_zone(a, cases[i].zone), cases[i].name,
		    cases[i].zone);
		CHECK(list_name_zone_has_key(cases[i].zone) == keyed,
		    cases[i].zone);
	}
	arena_free(a);
}

static void
puts_names_in_place_of_zones_and_keys(void **state)
{
	static const struct dns_list lists[] = {
	    {.zone = "bl.example", .name = "bl.example"},
	    {.zone = "only.example"},
	    {.zone = "abcdefkey.zen.example", .name = "zen"},
	    {.zone = "k1.paid.example", .name = "paid", .keyed = true},
	    {.zone = "k456.more.example", .name = "more", .keyed = true},
	    {.zone = "q.zen.dq.spamhaus.net", .name = "zen.dq.spamhaus.net"},
	    {.zone = "list.example.org", .name = "Example"},
	};
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {"", ""},
	    {"2.0.0.127.bl.example is 127.0.0.2", "2.0.0.127.bl.example is "
						  "127.0.0.2"},
	    {"only.example", "only.example"},
	    {"2.0.0.127.abcdefkey.zen.example is 127.0.0.2",
		"2.0.0.127.zen is 127.0.0.2"},
	    {"see https://x.example/?k=ABCDEFKEY&z=ABCDEFKEY.Zen.Example.",
		"see https://x.example/?k=***&z=zen."},
	    {"abcdefkeyabcdefkey", "******"},
	    {"abcdefke", "abcdefke"},
	    {"k1 of K1.paid.example", "k1 of paid"},
	    {"my k456?", "my ***?"},
	    {"66.2.0.192.q.zen.dq.spamhaus.net",
		"66.2.0.192.zen.dq.spamhaus.net"},
	    {"on the list of list.example.org", "on the list of Example"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_STR(list_name_scrub(a, lists, COUNT(lists),
			      cases[i].text),
		    cases[i].want, cases[i].text);
	arena_free(a);
}

static void
takes_names_that_need_no_quotes(void **state)
{
	char longest[102];

	(void)state;
	memset(longest, 'a', 101);
	longest[101] = '\0';
	assert_false(list_name_valid(longest));
	longest[100] = '\0';
	assert_true(list_name_valid(longest));
	assert_true(list_name_valid("zen.spamhaus.org"));
	assert_true(list_name_valid("Spamhaus/ZEN_2-a"));
	assert_false(list_name_valid(""));
	assert_false(list_name_valid("a b"));
	assert_false(list_name_valid("a\"b"));
	assert_false(list_name_valid("a\nb"));
	assert_false(list_name_valid("\xc3\xa9"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(leaves_the_key_out_of_a_zone),
	    cmocka_unit_test(puts_names_in_place_of_zones_and_keys),
	    cmocka_unit_test(takes_names_that_need_no_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
