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
	    {"with a port", "10.0.0.1", "198.51.100.1:80", "10.0.0.1"},
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
	    cmocka_unit_test(believes_nobody_without_proxies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
