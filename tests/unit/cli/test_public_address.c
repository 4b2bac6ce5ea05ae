/* SPDX-License-Identifier: MIT */
#include "public_address.h"

#include "check.h"

static void
tells_addresses_apart(void **state)
{
	static const struct {
		const char *address;
		bool is_public;
		const char *resolver;
	} cases[] = {
	    {"192.0.2.25", true, NULL},
	    {"127.0.1.1", false, NULL},
	    {"10.1.2.3", false, NULL},
	    {"172.31.0.1", false, NULL},
	    {"172.32.0.1", true, NULL},
	    {"100.64.0.1", false, NULL},
	    {"169.254.1.1", false, NULL},
	    {"::1", false, NULL},
	    {"fe80::1", false, NULL},
	    {"fd00::1", false, NULL},
	    {"2001:db8::1", true, NULL},
	    {"8.8.8.8", true, "Google"},
	    {"8.8.4.4", true, "Google"},
	    {"8.8.8.9", true, NULL},
	    {"2001:4860:4860::8844", true, "Google"},
	    {"2001:4860:4861::8844", true, NULL},
	    {"1.1.1.1", true, "Cloudflare"},
	    {"1.0.0.2", true, "Cloudflare"},
	    {"9.9.9.10", true, "Quad9"},
	    {"2620:fe::fe", true, "Quad9"},
	    {"208.67.222.222", true, "OpenDNS"},
	    /* As an IPv6 socket shows it. */
	    {"::ffff:8.8.8.8", true, "Google"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ip ip;

		assert_true(ip_parse(cases[i].address, &ip));
		CHECK(public_address_is(&ip) == cases[i].is_public,
		    cases[i].address);
		CHECK_STR(public_address_resolver(&ip), cases[i].resolver,
		    cases[i].address);
	}
}

/* Each row of the table is a network. */
static void
every_known_resolver_is_found(void **state)
{
	static const char *const addresses[] = {"2a02:6b8::feed:ff",
	    "45.90.28.1", "2a07:a8c0::1", "2001:470:20::2", "194.242.2.2",
	    "185.228.168.9", "94.140.14.14", "4.2.2.1", "64.6.64.6",
	    "2a10:50c0::ad1:ff", "86.54.11.1", "193.110.81.0",
	    "2606:4700:4700::1111", "149.112.112.112", "2620:119:35::35"};

	(void)state;
	for (size_t i = 0; i < COUNT(addresses); i++) {
		struct ip ip;

		assert_true(ip_parse(addresses[i], &ip));
		CHECK(public_address_resolver(&ip) != NULL, addresses[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_addresses_apart),
	    cmocka_unit_test(every_known_resolver_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
