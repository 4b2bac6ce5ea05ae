/* SPDX-License-Identifier: MIT */
#include "net/dns.h"

#include "base/str.h"
#include "check.h"
#include "fake_resolver.h"

#include <stdlib.h>
#include <unistd.h>

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
reads_the_servers_of_a_file(void **state)
{
	static const struct {
		const char *name, *text, *servers;
	} cases[] = {
	    {"one", "nameserver 192.0.2.1\n", "192.0.2.1:53"},
	    {"several",
		"# ours\nsearch example.org\nnameserver 192.0.2.2\n"
		"nameserver 2001:db8::53\n  \nnameserver 192.0.2.1",
		"192.0.2.2:53 [2001:db8::53]:53 192.0.2.1:53"},
	    {"none: this machine", "search example.org\n", "127.0.0.1:53"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char path[] = "/tmp/resolv.XXXXXX";
		int fd = mkstemp(path);
		const char *const *servers;
		struct err err;
		struct str s;
		size_t n;

		assert_true(fd >= 0);
		assert_int_equal(write(fd, cases[i].text,
				     strlen(cases[i].text)),
		    strlen(cases[i].text));
		close(fd);
		CHECK(dns_servers_of_file(a, path, &servers, &n, &err) == RC_OK,
		    cases[i].name);
		str_init(&s, a);
		for (size_t k = 0; k < n; k++)
			str_addf(&s, "%s%s", k == 0 ? "" : " ", servers[k]);
		CHECK_STR(s.text, cases[i].servers, cases[i].name);
		unlink(path);
	}
	arena_free(a);
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
	    cmocka_unit_test(reads_the_servers_of_a_file),
	    cmocka_unit_test(asks_over_ipv6),
	    cmocka_unit_test(asks_from_another_port_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
