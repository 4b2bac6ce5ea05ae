/* SPDX-License-Identifier: MIT */
#include "auth/private/spf_dns.h"

#include "spf_zone.h"

static const char zone[] = "*.org A 192.0.2.1\n"
			   "1.2.0.192.in-addr.arpa PTR a.org\n"
			   "1.2.0.192.in-addr.arpa PTR b.example\n"
			   "1.2.0.192.in-addr.arpa PTR slow.example\n"
			   "1.2.0.192.in-addr.arpa PTR c.org\n"
			   "b.example A 192.0.2.9\n"
			   "slow.example TIMEOUT\n";

static struct spf_trace quiet;

static struct spf_dns
begin(struct spf_zone *z, const char *ip)
{
	struct spf_dns d;
	struct ip client;

	assert_true(ip_parse(ip, &client));
	spf_dns_init(&d, z->dns, z->arena, &client, clock_ms() + 20000);
	d.trace = &quiet;
	return d;
}

static void
asks_the_same_only_once(void **state)
{
	struct spf_zone z = spf_zone_open(zone);
	struct spf_dns d = begin(&z, "192.0.2.1");
	const struct dns_query *first = spf_dns_ask(&d, "a.org", DNS_A);

	(void)state;
	assert_ptr_equal(spf_dns_ask(&d, "A.ORG", DNS_A), first);
	assert_ptr_not_equal(spf_dns_ask(&d, "a.org", DNS_AAAA), first);
	assert_int_equal(d.sent, 2);
	assert_int_equal(d.needed, 2);
	spf_zone_close(&z);
}

static void
asks_ahead_without_counting_it_as_needed(void **state)
{
	const struct dns_query queries[] = {
	    {.name = "a.org", .type = DNS_A},
	    {.name = "b.org", .type = DNS_A},
	    {.name = "A.org", .type = DNS_A},
	};
	struct spf_zone z = spf_zone_open(zone);
	struct spf_dns d = begin(&z, "192.0.2.1");

	(void)state;
	spf_dns_ahead(&d, queries, COUNT(queries), 0);
	assert_int_equal(d.sent, 2);
	assert_int_equal(d.needed, 0);
	assert_int_equal(spf_dns_ask(&d, "b.org", DNS_A)->rc, RC_OK);
	assert_int_equal(d.sent, 2);
	assert_int_equal(d.needed, 1);
	spf_zone_close(&z);
}

static void
asks_no_more_ahead_than_leaves_room(void **state)
{
	const struct dns_query queries[] = {
	    {.name = "a.org", .type = DNS_A},
	    {.name = "b.org", .type = DNS_A},
	};
	struct spf_zone z = spf_zone_open(zone);
	struct spf_dns d = begin(&z, "192.0.2.1");

	(void)state;
	spf_dns_ahead(&d, queries, 2, SPF_QUERIES_MAX);
	assert_int_equal(d.sent, 0);
	spf_dns_ahead(&d, queries, 2, SPF_QUERIES_MAX - 1);
	assert_int_equal(d.sent, 1);
	spf_zone_close(&z);
}

/* How many can be asked after n were asked ahead in vain. */
static unsigned
ask_all(size_t n)
{
	struct spf_zone z = spf_zone_open(zone);
	struct spf_dns d = begin(&z, "192.0.2.1");
	unsigned answers = 0;

	for (size_t i = 0; i < n; i++) {
		const struct dns_query vain = {
		    .name = arena_printf(z.arena, "vain%zu.org", i),
		    .type = DNS_A,
		};

		spf_dns_ahead(&d, &vain, 1, 0);
	}
	while (spf_dns_ask(&d, arena_printf(z.arena, "n%u.org", answers),
		   DNS_A) != NULL)
		answers++;
	assert_true(d.over);
	spf_zone_close(&z);
	return answers;
}

static void
ends_at_the_same_question_whatever_was_asked_ahead(void **state)
{
	(void)state;
	assert_int_equal(ask_all(0), SPF_QUERIES_MAX);
	assert_int_equal(ask_all(50), SPF_QUERIES_MAX);
	assert_int_equal(ask_all(2000), SPF_QUERIES_MAX);
}

static void
takes_answers_that_are_known(void **state)
{
	static const struct dns_query known = {
	    .name = "known.org", .type = DNS_TXT, .rc = RC_NONE};
	struct spf_zone z = spf_zone_open(zone);
	struct spf_dns d = begin(&z, "192.0.2.1");

	(void)state;
	spf_dns_know(&d, &known, 1);
	assert_ptr_equal(spf_dns_ask(&d, "Known.org", DNS_TXT), &known);
	assert_int_equal(d.sent, 0);
	spf_zone_close(&z);
}

static void
validates_the_names_of_the_client(void **state)
{
	struct spf_zone z = spf_zone_open(zone);
	struct spf_dns d = begin(&z, "192.0.2.1");
	const struct spf_names *names = spf_dns_names(&d);

	(void)state;
	assert_int_equal(names->n, 2);
	assert_string_equal(names->names[0], "a.org");
	assert_string_equal(names->names[1], "c.org");
	assert_false(names->none);
	assert_int_equal(d.sent, 5);
	assert_ptr_equal(spf_dns_names(&d), names);

	d = begin(&z, "2001:db8::1");
	names = spf_dns_names(&d);
	assert_int_equal(names->n, 0);
	assert_true(names->none);
	spf_zone_close(&z);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(asks_the_same_only_once),
	    cmocka_unit_test(asks_ahead_without_counting_it_as_needed),
	    cmocka_unit_test(asks_no_more_ahead_than_leaves_room),
	    cmocka_unit_test(
		ends_at_the_same_question_whatever_was_asked_ahead),
	    cmocka_unit_test(takes_answers_that_are_known),
	    cmocka_unit_test(validates_the_names_of_the_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
