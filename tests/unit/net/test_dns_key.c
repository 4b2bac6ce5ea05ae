/* SPDX-License-Identifier: MIT */
#include "net/private/dns_key.h"

#include "check.h"

#include <stdio.h>

static struct dns_key
key(const char *name, enum dns_type type)
{
	struct dns_key made;

	assert_true(dns_key_make(&made, name, type));
	return made;
}

static void
is_the_same_in_both_cases(void **state)
{
	static const struct {
		const char *one, *other;
		bool same;
	} cases[] = {
	    {"Mail.Example.TEST", "mAIL.eXAMPLE.test", true},
	    {"AZaz", "azaz", true},
	    {"@[`{", "`{@[", false}, /* next to the letters */
	    {"example.test", "example.tes", false},
	    {"1234567", "12345678", false},
	    {"12345678", "123456789", false},
	    {"", "a", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dns_key one = key(cases[i].one, DNS_A);
		struct dns_key other = key(cases[i].other, DNS_A);
		struct dns_key type = key(cases[i].other, DNS_MX);

		CHECK(dns_key_is(&one, &other) == cases[i].same, cases[i].one);
		CHECK(!dns_key_is(&one, &type), cases[i].one);
		dns_key_ask(&other, 1);
		CHECK(!dns_key_is(&one, &other), cases[i].one);
		dns_key_ask(&one, 1);
		CHECK(dns_key_is(&one, &other) == cases[i].same, cases[i].one);
		CHECK(one.size % 8 == 0, cases[i].one);
	}
}

static void
holds_what_a_name_may_be_and_no_more(void **state)
{
	char name[257];
	struct dns_key made;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[256] = '\0';
	assert_false(dns_key_make(&made, name, DNS_A));
	name[253] = '\0';
	assert_true(dns_key_make(&made, name, DNS_A));
	assert_string_equal(made.name, name);
}

/* What is asked of DNS lists differs in a digit or two. */
static void
spreads_names_at_both_ends_of_the_hash(void **state)
{
	unsigned low[64] = {0}, high[64] = {0};

	(void)state;
	for (unsigned i = 0; i < 64 * 256; i++) {
		char name[32];
		uint64_t hash;

		snprintf(name, sizeof(name), "%u.%u.0.192.list.test", i % 256,
		    i / 256);
		hash = key(name, DNS_A).hash;
		low[hash % 64]++;
		high[hash >> 32 & 63]++;
	}
	for (size_t i = 0; i < 64; i++) {
		assert_in_range(low[i], 128, 384);
		assert_in_range(high[i], 128, 384);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_the_same_in_both_cases),
	    cmocka_unit_test(holds_what_a_name_may_be_and_no_more),
	    cmocka_unit_test(spreads_names_at_both_ends_of_the_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
