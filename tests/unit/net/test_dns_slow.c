/* SPDX-License-Identifier: MIT */
/*
 * What a slow resolver says counts whenever it comes in time, however fast it
 * was before; what was lost is asked again.  Nothing here measures time: the
 * resolver's answer tells which asking it is to.
 */
#include "net/dns.h"

#include "base/clock.h"
#include "check.h"
#include "fake_resolver.h"

#define TIMEOUT_MS 5000
#define FAST       12 /* questions before, more than c-ares needs to judge */

struct slow_case {
	const char *name;
	unsigned asking; /* whose answer is to be used; 0: any */
	const char *const *servers;
	size_t n_servers;
	struct dns_query got;
	struct arena *arena;
	pthread_t thread;
};

/* With a DNS of its own, and so with channels that know a fast resolver. */
static void *
ask_after_fast_ones(void *context)
{
	struct slow_case *c = context;
	const struct dns_settings settings = {.servers = c->servers,
	    .n_servers = c->n_servers,
	    .timeout_ms = TIMEOUT_MS};
	struct dns *dns;

	c->arena = arena_new();
	if (dns_open(&settings, &dns, NULL) != RC_OK)
		return NULL;
	for (unsigned i = 0; i < FAST; i++) {
		struct dns_query fast = {
		    .name = arena_printf(c->arena, "%u.ok.test", i),
		    .type = DNS_A};

		dns_ask(dns, c->arena, &fast, 1, INT64_MAX);
	}
	c->got = (struct dns_query){.name = c->name, .type = DNS_A};
	dns_ask(dns, c->arena, &c->got, 1, INT64_MAX);
	dns_close(dns);
	return NULL;
}

static void
ask_all(struct slow_case *cases, size_t n)
{
	/* At once: what they wait for is not the processor. */
	for (size_t i = 0; i < n; i++)
		assert_int_equal(pthread_create(&cases[i].thread, NULL,
				     ask_after_fast_ones, &cases[i]),
		    0);
	for (size_t i = 0; i < n; i++)
		pthread_join(cases[i].thread, NULL);
	for (size_t i = 0; i < n; i++) {
		const struct dns_query *got = &cases[i].got;

		if (got->rc != RC_OK)
			fail_msg("%s: %s", cases[i].name, got->problem);
		if (cases[i].asking != 0)
			assert_int_equal(ns_get32(got->records[0].ip.bytes),
			    cases[i].asking);
		arena_free(cases[i].arena);
	}
}

static void
takes_the_answer_of_a_slow_resolver_when_it_comes(void **state)
{
	struct fake_resolver resolver = {.fails = false};
	const char *servers[] = {resolver.address};
	struct slow_case cases[] = {
	    {.name = "100.slow.test", .asking = 1},
	    {.name = "400.slow.test", .asking = 1},
	    {.name = "800.slow.test", .asking = 1},
	    {.name = "1600.slow.test", .asking = 1},
	    {.name = "2500.slow.test", .asking = 1},
	    {.name = "3200.slow.test", .asking = 1},
	    {.name = "4000.slow.test", .asking = 1},
	    /* The second asking is slow, too. */
	    {.name = "900.lost-then-slow.test", .asking = 2},
	    {.name = "2400.lost-then-slow.test", .asking = 2},
	};

	(void)state;
	assert_true(fake_start(&resolver, AF_INET));
	for (size_t i = 0; i < COUNT(cases); i++) {
		cases[i].servers = servers;
		cases[i].n_servers = 1;
	}
	ask_all(cases, COUNT(cases));
	/* One more is all that a slow answer costs, or two. */
	for (size_t i = 0; i < SLOW_LONGEST; i++)
		assert_true(resolver.slow_asked[i] <= 3);
	fake_stop(&resolver);
}

/* The fake has one connection at a time. */
static void
takes_a_slow_answer_over_tcp(void **state)
{
	struct fake_resolver resolver = {.fails = false};
	const char *servers[] = {resolver.address};
	struct slow_case slow = {.name = "600.slow-over-tcp.test",
	    .servers = servers,
	    .n_servers = 1};

	(void)state;
	assert_true(fake_start(&resolver, AF_INET));
	ask_all(&slow, 1);
	fake_stop(&resolver);
}

static void
takes_a_slow_answer_behind_a_dead_resolver(void **state)
{
	struct fake_resolver dead = {.is_silent = true},
			     slow = {.fails = false};
	const char *servers[] = {dead.address, slow.address};
	struct slow_case cases[] = {
	    {.name = "1500.slow.test", .asking = 1},
	    {.name = "3000.slow.test", .asking = 1},
	};

	(void)state;
	assert_true(fake_start(&dead, AF_INET));
	assert_true(fake_start(&slow, AF_INET));
	for (size_t i = 0; i < COUNT(cases); i++) {
		cases[i].servers = servers;
		cases[i].n_servers = 2;
	}
	ask_all(cases, COUNT(cases));
	fake_stop(&dead);
	fake_stop(&slow);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_the_answer_of_a_slow_resolver_when_it_comes),
	    cmocka_unit_test(takes_a_slow_answer_over_tcp),
	    cmocka_unit_test(takes_a_slow_answer_behind_a_dead_resolver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
