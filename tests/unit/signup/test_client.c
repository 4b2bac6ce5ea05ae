/* SPDX-License-Identifier: MIT */
#include "client.h"

#include "check.h"

static void
believes_proxies_only(void **state)
{
	static const struct {
		const char *name, *peer, *forwarded, *want;
	} cases[] = {
	    {"no proxy", "192.0.2.1", NULL, "192.0.2.1"},
	    {"no proxy of ours", "192.0.2.1", "198.51.100.1", "192.0.2.1"},
	    {"through ours", "10.0.0.1", "198.51.100.1", "198.51.100.1"},
	    {"nothing told", "10.0.0.1", NULL, "10.0.0.1"},
	    {"empty", "10.0.0.1", "", "10.0.0.1"},
	    {"what the client says", "10.0.0.1", "203.0.113.9, 198.51.100.1",
		"198.51.100.1"},
	    {"two of ours", "10.0.0.1", "203.0.113.9,198.51.100.1 , 10.0.0.2",
		"198.51.100.1"},
	    {"ours alone", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
	    {"nonsense at the right", "10.0.0.1", "198.51.100.1, unknown",
		"10.0.0.1"},
	    {"nonsense behind ours", "10.0.0.1", "x, 10.0.0.2", "10.0.0.1"},
	    {"nonsense at the left", "10.0.0.1", "x, 198.51.100.1",
		"198.51.100.1"},
	    {"commas", "10.0.0.1", ",,", "10.0.0.1"},
	    {"a comma at the end", "10.0.0.1", "198.51.100.1, ,",
		"198.51.100.1"},
	    {"with a port", "10.0.0.1", "198.51.100.1:80", "198.51.100.1"},
	    {"a hidden port", "10.0.0.1", "198.51.100.1:_x7", "198.51.100.1"},
	    {"in quotes", "10.0.0.1", "\"198.51.100.1:80\"", "198.51.100.1"},
	    {"no port", "10.0.0.1", "198.51.100.1:", "10.0.0.1"},
	    {"no number", "10.0.0.1", "198.51.100.1:http", "10.0.0.1"},
	    {"a long number", "10.0.0.1", "198.51.100.1:123456", "10.0.0.1"},
	    {"hidden", "10.0.0.1", "_gazonk", "10.0.0.1"},
	    {"in brackets", "10.0.0.1", "[2001:db8::5]", "2001:db8::5"},
	    {"brackets and port", "10.0.0.1",
		"203.0.113.9, \"[2001:db8::5]:443\"", "2001:db8::5"},
	    {"brackets that stay open", "10.0.0.1", "[2001:db8::5", "10.0.0.1"},
	    {"behind brackets", "10.0.0.1", "[2001:db8::5]x", "10.0.0.1"},
	    {"zone", "10.0.0.1", "fe80::1%eth0", "fe80::1"},
	    {"zone in brackets", "10.0.0.1", "[fe80::1%25eth0]:80", "fe80::1"},
	    {"zone of IPv4", "10.0.0.1", "198.51.100.1%eth0", "10.0.0.1"},
	    {"mapped, with a port", "10.0.0.1", "[::ffff:198.51.100.1]:80",
		"198.51.100.1"},
	    {"a proxy with a port", "10.0.0.1", "198.51.100.1:9, 10.0.0.2:80",
		"198.51.100.1"},
	    {"IPv6", "::1", "2001:db8::5", "2001:db8::5"},
	    {"mapped", "::ffff:10.0.0.1", "::ffff:198.51.100.1",
		"198.51.100.1"},
	    {"unix", NULL, "198.51.100.1", "198.51.100.1"},
	    {"unix, nothing told", NULL, NULL, CLIENT_LOCAL},
	    {"unix, nonsense", NULL, "x", CLIENT_LOCAL},
	};
	struct ip_net nets[2];
	const struct signup_settings settings = {
	    .proxies = nets, .n_proxies = COUNT(nets)};
	struct arena *a = arena_new();

	(void)state;
	assert_true(ip_net_parse("10.0.0.0/8", &nets[0]));
	assert_true(ip_net_parse("::1", &nets[1]));
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_STR(client_address(a, &settings, cases[i].peer,
			      cases[i].forwarded),
		    cases[i].want, cases[i].name);
	arena_free(a);
}

static void
says_why_all_are_one(void **state)
{
	static const struct {
		const char *name, *peer, *forwarded, *want;
	} cases[] = {
	    {"read", "10.0.0.1", "198.51.100.1:80", NULL},
	    {"no proxy", "192.0.2.1", "unknown", NULL},
	    {"unknown", "10.0.0.1", "unknown", "\"unknown\" in X-F"},
	    {"hidden", NULL, "_x", "\"_x\" in X-F"},
	    {"escape", "10.0.0.1", "\033[2J", "\"\\x1b[2J\" in X-F"},
	    {"nothing", "10.0.0.1", NULL, "names nobody"},
	    {"commas", "10.0.0.1", ",,", "names nobody"},
	};
	struct ip_net net;
	const struct signup_settings settings = {
	    .proxies = &net, .n_proxies = 1};
	struct arena *a = arena_new();

	(void)state;
	assert_true(ip_net_parse("10.0.0.0/8", &net));
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *got = client_not_read(a, &settings, cases[i].peer,
		    cases[i].forwarded);

		CHECK((got == NULL) == (cases[i].want == NULL), cases[i].name);
		CHECK(got == NULL || strstr(got, cases[i].want) != NULL, got);
	}
	arena_free(a);
}

static void
believes_nobody_without_proxies(void **state)
{
	const struct signup_settings settings = {0};
	struct arena *a = arena_new();

	(void)state;
	CHECK_STR(client_address(a, &settings, "127.0.0.1", "192.0.2.1"),
	    "127.0.0.1", "loopback");
	CHECK_STR(client_address(a, &settings, NULL, "192.0.2.1"), CLIENT_LOCAL,
	    "unix");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(believes_proxies_only),
	    cmocka_unit_test(says_why_all_are_one),
	    cmocka_unit_test(believes_nobody_without_proxies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
