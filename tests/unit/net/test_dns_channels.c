/* SPDX-License-Identifier: MIT */
#include "net/dns.h"

#include "check.h"
#include "fake_resolver.h"

static void
reads_addresses_of_resolvers(void **state)
{
	static const struct {
		const char *server;
		enum rc rc;
	} cases[] = {
	    {"127.0.0.1", RC_OK},
	    {"127.0.0.1:5353", RC_OK},
	    {"::1", RC_OK},
	    {"[::1]", RC_OK},
	    {"[::1]:53", RC_OK},
	    {"", RC_PERM},
	    {"localhost", RC_PERM},
	    {"127.0.0.1:", RC_PERM},
	    {"127.0.0.1:0", RC_PERM},
	    {"127.0.0.1:65536", RC_PERM},
	    {"127.0.0.1:53x", RC_PERM},
	    {"127.0.0.1:-53", RC_PERM},
	    {"[::1", RC_PERM},
	    {"[::1]53", RC_PERM},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct dns_settings settings = {
		    .servers = &cases[i].server,
		    .n_servers = 1,
		    .timeout_ms = 1000};
		struct err err = {.text = ""};
		struct dns *dns = NULL;

		CHECK(dns_open(&settings, &dns, &err) == cases[i].rc,
		    cases[i].server);
		CHECK((dns == NULL) == (err.text[0] != '\0'), err.text);
		dns_close(dns);
	}
}

static void
finds_the_resolvers_of_the_system(void **state)
{
	const struct dns_settings settings = {.timeout_ms = 1000};
	struct dns *dns = NULL;

	(void)state;
	assert_int_equal(dns_open(&settings, &dns, NULL), RC_OK);
	dns_close(dns);
}

static void
asks_over_ipv6(void **state)
{
	struct fake_resolver six = {.fails = false};
	const char *server = six.address;
	const struct dns_settings settings = {
	    .servers = &server, .n_servers = 1, .timeout_ms = 10000};
	struct dns_query query = {.name = "3.truncated.test", .type = DNS_A};
	struct arena *a;
	struct dns *dns;

	(void)state;
	if (!fake_start(&six, AF_INET6))
		skip();
	a = arena_new();
	assert_int_equal(dns_open(&settings, &dns, NULL), RC_OK);
	dns_ask(dns, a, &query, 1, INT64_MAX);
	assert_int_equal(query.rc, RC_OK);
	dns_close(dns);
	fake_stop(&six);
	arena_free(a);
}

static int
compare(const void *x, const void *y)
{
	const unsigned *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

/* The kernel may give one of thousands of ports twice, but not often. */
static void
asks_from_another_port_each_time(void **state)
{
	struct fake_resolver resolver = {.fails = false};
	const char *server = resolver.address;
	const struct dns_settings settings = {
	    .servers = &server, .n_servers = 1, .timeout_ms = 10000};
	struct arena *a = arena_new();
	unsigned ports[20], different = 1;
	struct dns *dns;

	(void)state;
	assert_true(fake_start(&resolver, AF_INET));
	assert_int_equal(dns_open(&settings, &dns, NULL), RC_OK);
	for (size_t i = 0; i < COUNT(ports); i++) {
		struct dns_query query = {.name = "3.ok.test", .type = DNS_A};

		dns_ask(dns, a, &query, 1, INT64_MAX);
		assert_int_equal(query.rc, RC_OK);
		ports[i] = resolver.last_port;
	}
	qsort(ports, COUNT(ports), sizeof(*ports), compare);
	for (size_t i = 1; i < COUNT(ports); i++)
		different += ports[i] != ports[i - 1];
	assert_in_range(different, COUNT(ports) - 3, COUNT(ports));
	dns_close(dns);
	fake_stop(&resolver);
	arena_free(a);
}

static void
refuses_more_resolvers_than_it_can_ask(void **state)
{
	const char *servers[9];
	const struct dns_settings settings = {
	    .servers = servers, .n_servers = 9, .timeout_ms = 1000};
	struct err err = {.text = ""};
	struct dns *dns = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(servers); i++)
		servers[i] = "127.0.0.1";
	assert_int_equal(dns_open(&settings, &dns, &err), RC_PERM);
	assert_string_equal(err.text, "more than 8 resolvers");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_addresses_of_resolvers),
	    cmocka_unit_test(refuses_more_resolvers_than_it_can_ask),
	    cmocka_unit_test(finds_the_resolvers_of_the_system),
	    cmocka_unit_test(asks_over_ipv6),
	    cmocka_unit_test(asks_from_another_port_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
