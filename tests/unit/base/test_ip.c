/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/ip.h"

static void
reads_and_writes_addresses(void **state)
{
	static const struct {
		const char *text, *shown; /* NULL: not an address */
		uint8_t version;
	} cases[] = {
	    {"192.0.2.1", "192.0.2.1", 4},
	    {"0.0.0.0", "0.0.0.0", 4},
	    {"255.255.255.255", "255.255.255.255", 4},
	    {"2001:DB8:0:0::1", "2001:db8::1", 6},
	    {"::", "::", 6},
	    {"::ffff:192.0.2.1", "192.0.2.1", 4},
	    {"::ffff:c000:201", "192.0.2.1", 4},
	    {"::192.0.2.1", "::192.0.2.1", 6},
	    {"64:ff9b::192.0.2.1", "64:ff9b::c000:201", 6},
	    {"", NULL, 0},
	    {"192.0.2", NULL, 0},
	    {"192.0.2.256", NULL, 0},
	    {"192.0.2.1.", NULL, 0},
	    {"192.0.2.01", NULL, 0},
	    {" 192.0.2.1", NULL, 0},
	    {"192.0.2.1 ", NULL, 0},
	    {"0x7f.1", NULL, 0},
	    {"2130706433", NULL, 0},
	    {"[::1]", NULL, 0},
	    {"::1%lo", NULL, 0},
	    {"1::2::3", NULL, 0},
	    {"unknown", NULL, 0},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ip ip = {.version = 9};
		bool ok = ip_parse(cases[i].text, &ip);

		CHECK(ok == (cases[i].shown != NULL), cases[i].text);
		CHECK(ip.version == cases[i].version, cases[i].text);
		if (ok)
			CHECK_STR(ip_text(a, &ip), cases[i].shown,
			    cases[i].text);
	}
	arena_free(a);
}

static void
writes_no_address_as_unknown(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(ip_text(a, &(struct ip){0}), "unknown");
	arena_free(a);
}

static void
tells_addresses_apart(void **state)
{
	struct ip four, mapped, six, compatible;

	(void)state;
	assert_true(ip_parse("192.0.2.1", &four));
	assert_true(ip_parse("::ffff:192.0.2.1", &mapped));
	assert_true(ip_parse("::1", &six));
	assert_true(ip_parse("::192.0.2.1", &compatible));
	assert_true(ip_equal(&four, &mapped));
	assert_false(ip_equal(&four, &six));
	assert_false(ip_equal(&four, &compatible));
}

static void
knows_loopback(void **state)
{
	static const struct {
		const char *text;
		bool loopback;
	} cases[] = {
	    {"127.0.0.1", true},
	    {"127.255.255.255", true},
	    {"::1", true},
	    {"::ffff:127.0.0.1", true},
	    {"128.0.0.1", false},
	    {"::", false},
	    {"::2", false},
	    {"7f00::1", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ip ip;

		CHECK(ip_parse(cases[i].text, &ip), cases[i].text);
		CHECK(ip_is_loopback(&ip) == cases[i].loopback, cases[i].text);
	}
	assert_false(ip_is_loopback(&(struct ip){0}));
}

static void
reads_networks(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		uint8_t version;
		unsigned bits;
	} cases[] = {
	    {"192.0.2.0/24", true, 4, 24},
	    {"192.0.2.1", true, 4, 32},
	    {"192.0.2.1/32", true, 4, 32},
	    {"0.0.0.0/0", true, 4, 0},
	    {"128.0.0.0/1", true, 4, 1},
	    {"2001:db8::/32", true, 6, 32},
	    {"2001:db8::1", true, 6, 128},
	    {"::/0", true, 6, 0},
	    {"::ffff:192.0.2.0/120", true, 4, 24},
	    {"::ffff:192.0.2.1", true, 4, 32},
	    {"::ffff:0.0.0.0/96", true, 4, 0},
	    {"::ffff:192.0.2.0/24", false, 0, 0},
	    {"::ffff:192.0.2.0/129", false, 0, 0},
	    {"192.0.2.1/24", false, 0, 0},
	    {"192.0.2.0/33", false, 0, 0},
	    {"2001:db8::/129", false, 0, 0},
	    {"2001:db8::1/64", false, 0, 0},
	    {"192.0.2.0/", false, 0, 0},
	    {"192.0.2.0/-1", false, 0, 0},
	    {"192.0.2.0/+24", false, 0, 0},
	    {"192.0.2.0/ 24", false, 0, 0},
	    {"192.0.2.0/24x", false, 0, 0},
	    {"192.0.2.0/24/24", false, 0, 0},
	    {"192.0.2.0/4294967320", false, 0, 0},
	    {"192.0.2.0/255.255.255.0", false, 0, 0},
	    {"/24", false, 0, 0},
	    {"", false, 0, 0},
	    {"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/8", false, 0,
		0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ip_net net;

		CHECK(ip_net_parse(cases[i].text, &net) == cases[i].ok,
		    cases[i].text);
		if (!cases[i].ok)
			continue;
		CHECK(net.ip.version == cases[i].version, cases[i].text);
		CHECK(net.bits == cases[i].bits, cases[i].text);
	}
}

static void
finds_addresses_in_networks(void **state)
{
	static const struct {
		const char *net, *ip;
		bool has;
	} cases[] = {
	    {"192.0.2.0/24", "192.0.2.0", true},
	    {"192.0.2.0/24", "192.0.2.255", true},
	    {"192.0.2.0/24", "192.0.3.0", false},
	    {"192.0.2.0/24", "::ffff:192.0.2.9", true},
	    {"192.0.2.128/25", "192.0.2.127", false},
	    {"192.0.2.128/25", "192.0.2.128", true},
	    {"192.0.2.1", "192.0.2.1", true},
	    {"192.0.2.1", "192.0.2.0", false},
	    {"0.0.0.0/0", "203.0.113.1", true},
	    {"0.0.0.0/0", "::1", false},
	    {"::/0", "192.0.2.1", false},
	    {"::/0", "2001:db8::1", true},
	    {"2001:db8::/33", "2001:db8:7fff::", true},
	    {"2001:db8::/33", "2001:db8:8000::", false},
	    {"::ffff:192.0.2.0/120", "192.0.2.77", true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ip_net net;
		struct ip ip;

		CHECK(ip_net_parse(cases[i].net, &net), cases[i].net);
		CHECK(ip_parse(cases[i].ip, &ip), cases[i].ip);
		CHECK(ip_net_has(&net, &ip) == cases[i].has, cases[i].ip);
	}
}

static void
reverses_addresses_for_dns_lists(void **state)
{
	static const struct {
		const char *text, *reversed;
	} cases[] = {
	    {"192.0.2.99", "99.2.0.192"},
	    {"127.0.0.2", "2.0.0.127"},
	    {"::ffff:192.0.2.99", "99.2.0.192"},
	    {"2001:db8:1:2:3:4:567:89ab", "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0."
					  "2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ip ip;

		CHECK(ip_parse(cases[i].text, &ip), cases[i].text);
		CHECK_STR(ip_reversed(a, &ip), cases[i].reversed,
		    cases[i].text);
	}
	arena_free(a);
}

static void
cuts_an_address_to_its_network(void **state)
{
	static const struct {
		const char *ip;
		unsigned bits;
		const char *net;
	} rows[] = {
	    {"192.0.2.77", 32, "192.0.2.77"},
	    {"192.0.2.77", 24, "192.0.2.0"},
	    {"192.0.2.77", 25, "192.0.2.0"},
	    {"192.0.2.177", 25, "192.0.2.128"},
	    {"192.0.2.77", 0, "0.0.0.0"},
	    {"2001:db8:1:2:3::4", 128, "2001:db8:1:2:3::4"},
	    {"2001:db8:1:2:3::4", 64, "2001:db8:1:2::"},
	    {"2001:db8:1:2:3::4", 48, "2001:db8:1::"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ip ip, net;

		CHECK(ip_parse(rows[i].ip, &ip), rows[i].ip);
		net = ip_network(&ip, rows[i].bits);
		CHECK_STR(ip_text(a, &net), rows[i].net, rows[i].ip);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cuts_an_address_to_its_network),
	    cmocka_unit_test(reads_and_writes_addresses),
	    cmocka_unit_test(writes_no_address_as_unknown),
	    cmocka_unit_test(tells_addresses_apart),
	    cmocka_unit_test(knows_loopback),
	    cmocka_unit_test(reads_networks),
	    cmocka_unit_test(finds_addresses_in_networks),
	    cmocka_unit_test(reverses_addresses_for_dns_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
