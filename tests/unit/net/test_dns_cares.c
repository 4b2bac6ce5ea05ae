/* SPDX-License-Identifier: MIT */
#include "net/dns.h"

#include "base/clock.h"
#include "check.h"
#include "fake_resolver.h"

#define NO_DEADLINE INT64_MAX
#define PATIENT     10000 /* ms, where an answer comes at once */

/* One resolver and those who ask it. */
struct world {
	struct fake_resolver resolver;
	struct dns *dns;
	struct arena *arena;
};

static struct dns *
open_dns(const char *const *servers, size_t n, int64_t timeout_ms,
    size_t cache_answers)
{
	const struct dns_settings settings = {.servers = servers,
	    .n_servers = n,
	    .timeout_ms = timeout_ms,
	    .cache_answers = cache_answers};
	struct err err = {.text = ""};
	struct dns *dns = NULL;

	if (dns_open(&settings, &dns, &err) != RC_OK)
		fail_msg("%s", err.text);
	return dns;
}

static void
begin(struct world *w, int64_t timeout_ms, size_t cache_answers)
{
	const char *server = w->resolver.address;

	*w = (struct world){.arena = arena_new()};
	assert_true(fake_start(&w->resolver, AF_INET));
	w->dns = open_dns(&server, 1, timeout_ms, cache_answers);
}

static void
end(struct world *w)
{
	dns_close(w->dns);
	fake_stop(&w->resolver);
	arena_free(w->arena);
}

static struct dns_query
ask_until(struct dns *dns, struct arena *a, const char *name,
    enum dns_type type, int64_t deadline)
{
	struct dns_query query = {.name = name, .type = type};

	dns_ask(dns, a, &query, 1, deadline);
	return query;
}

static struct dns_query
ask(struct world *w, const char *name, enum dns_type type)
{
	return ask_until(w->dns, w->arena, name, type, NO_DEADLINE);
}

/* Is it the address that fake_ok gives for a name that begins so? */
static bool
is_address(const struct dns_query *query, unsigned number)
{
	return query->rc == RC_OK && query->n == 1 &&
	       query->records[0].ip.version == 4 &&
	       ns_get32(query->records[0].ip.bytes) == number;
}

static void
gets_an_answer_in_spite_of_trouble(void **state)
{
	static const char *const names[] = {"3.ok.test", "3.wrong-id.test",
	    "3.wrong-question.test", "3.truncated.test", "3.without-edns.test"};
	struct world w;

	(void)state;
	begin(&w, PATIENT, 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		struct dns_query got = ask(&w, names[i], DNS_A);

		CHECK(is_address(&got, 3), names[i]);
	}
	end(&w);
}

static void
asks_whether_an_address_of_a_key_is_authenticated(void **state)
{
	struct world w;
	struct dns_query got;

	(void)state;
	begin(&w, PATIENT, 100);
	/* The second answer is the cache's. */
	for (int i = 0; i < 2; i++) {
		got = ask(&w, "1.signed.test", DNS_TLSA);
		assert_int_equal(got.rc, RC_OK);
		assert_true(got.authenticated);
		assert_int_equal(got.records[0].text_len, 4);
	}
	assert_true(got.cached);
	got = ask(&w, "1.signed.test", DNS_CAA);
	assert_false(got.authenticated);
	end(&w);
}

static void
says_why_no_answer_can_be_had(void **state)
{
	static const struct {
		const char *asked, *problem;
	} cases[] = {
	    {"1.truncated-forever.test", "a truncated answer over TCP"},
	    {"1.servfail.test", "SERVFAIL from the resolver"},
	    {"1.refused.test", "REFUSED from the resolver"},
	    {"1.notimp.test", "NOTIMP from the resolver"},
	};
	struct world w;

	(void)state;
	begin(&w, PATIENT, 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dns_query got = ask(&w, cases[i].asked, DNS_A);

		CHECK(got.rc == RC_TEMP, cases[i].asked);
		CHECK_STR(got.problem, cases[i].problem, cases[i].asked);
	}
	end(&w);
}

/* All questions share a socket; newer versions of c-ares then end them all. */
static void
garbage_is_the_answer_to_one_question_only(void **state)
{
	struct dns_query q[6];
	struct world w;

	(void)state;
	begin(&w, PATIENT, 0);
	for (size_t i = 0; i < COUNT(q); i++)
		q[i] = (struct dns_query){
		    .type = DNS_A,
		    .name = i + 1 == COUNT(q)
				? "0.bad.test"
				: arena_printf(w.arena,
				      "%zu.behind-garbage.test", i + 1),
		};
	dns_ask(w.dns, w.arena, q, COUNT(q), clock_ms() + PATIENT);
	for (size_t i = 0; i + 1 < COUNT(q); i++)
		CHECK(q[i].rc == RC_OK, q[i].problem);
	CHECK(q[COUNT(q) - 1].rc == RC_TEMP, "garbage");
	end(&w);
}

static void
never_waits_longer_than_it_may(void **state)
{
	static const char *const names[] = {"1.silent.test", "1.garbage.test",
	    "1.stops-halfway.test", "1.hangs-up.test"};
	struct world w;

	(void)state;
	begin(&w, 100, 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		int64_t start = clock_ms();
		struct dns_query got = ask(&w, names[i], DNS_A);

		CHECK(got.rc == RC_TEMP, names[i]);
		CHECK(got.problem != NULL, names[i]);
		CHECK(clock_ms() - start < PATIENT, names[i]);
	}
	assert_string_equal(ask(&w, "1.silent.test", DNS_A).problem,
	    "no answer in 100 ms");
	end(&w);
}

static void
tells_no_such_name_from_no_such_records(void **state)
{
	struct world w;
	struct dns_query got;

	(void)state;
	begin(&w, PATIENT, 100);
	got = ask(&w, "1.nxdomain.test", DNS_A);
	assert_int_equal(got.rc, RC_NONE);
	assert_true(got.no_such_name);
	assert_true(ask(&w, "1.nxdomain.test", DNS_A).cached);
	got = ask(&w, "1.nodata.test", DNS_MX);
	assert_int_equal(got.rc, RC_NONE);
	assert_false(got.no_such_name);
	/* Without a SOA it is not to be kept. */
	assert_false(ask(&w, "1.nodata.test", DNS_MX).cached);
	end(&w);
}

static void
takes_large_answers_over_udp_and_huge_ones_over_tcp(void **state)
{
	struct world w;
	struct dns_query got;

	(void)state;
	begin(&w, PATIENT, 0);
	got = ask(&w, "1.large.test", DNS_TXT);
	assert_int_equal(got.rc, RC_OK);
	assert_int_equal(got.records[0].text_len, 15 * 63);
	assert_int_equal(w.resolver.tcp_questions, 0);
	got = ask(&w, "1.huge.test", DNS_TXT);
	assert_int_equal(got.rc, RC_OK);
	assert_int_equal(got.records[0].text_len, 500 * 63);
	assert_int_equal(w.resolver.tcp_questions, 1);
	end(&w);
}

static void
keeps_edns_after_a_failure(void **state)
{
	struct world w;

	(void)state;
	begin(&w, PATIENT, 0);
	assert_int_equal(ask(&w, "1.servfail.test", DNS_TXT).rc, RC_TEMP);
	assert_int_equal(ask(&w, "1.large.test", DNS_TXT).rc, RC_OK);
	assert_int_equal(w.resolver.tcp_questions, 0);
	end(&w);
}

static void
asks_again_when_a_packet_is_lost(void **state)
{
	struct world w;
	struct dns_query got;

	(void)state;
	begin(&w, 1400, 0);
	got = ask(&w, "3.loses-one.test", DNS_A);
	assert_true(is_address(&got, 3));
	assert_true(w.resolver.queries >= 2);
	end(&w);
}

static void
asks_many_questions_in_one_round_trip(void **state)
{
	struct dns_query queries[BATCH] = {{.name = NULL}};
	struct world w;

	(void)state;
	begin(&w, PATIENT, 0);
	for (unsigned i = 0; i < BATCH; i++) {
		queries[i].name = arena_printf(w.arena, "%u.batch.test", i);
		queries[i].type = DNS_A;
	}
	dns_ask(w.dns, w.arena, queries, BATCH, NO_DEADLINE);
	for (unsigned i = 0; i < BATCH; i++)
		CHECK(is_address(&queries[i], i), queries[i].name);
	end(&w);
}

static void
asks_the_same_question_once(void **state)
{
	struct dns_query queries[] = {
	    {.name = "3.ok.test", .type = DNS_A},
	    {.name = "4.ok.test", .type = DNS_A},
	    {.name = "3.OK.test", .type = DNS_A},
	};
	struct world w;

	(void)state;
	begin(&w, PATIENT, 0);
	dns_ask(w.dns, w.arena, queries, COUNT(queries), NO_DEADLINE);
	assert_true(is_address(&queries[0], 3));
	assert_true(is_address(&queries[1], 4));
	assert_true(is_address(&queries[2], 3));
	assert_int_equal(w.resolver.queries, 2);
	end(&w);
}

static void
answers_what_it_can_by_the_deadline(void **state)
{
	struct dns_query queries[] = {
	    {.name = "3.ok.test", .type = DNS_A},
	    {.name = "1.silent.test", .type = DNS_A},
	};
	int64_t start = clock_ms();
	struct world w;

	(void)state;
	begin(&w, 60000, 100);
	dns_ask(w.dns, w.arena, queries, COUNT(queries), start + 100);
	assert_in_range(clock_ms() - start, 100, 10000);
	assert_true(is_address(&queries[0], 3));
	assert_int_equal(queries[1].rc, RC_TEMP);
	/* That somebody had no time is no reason to tell the next one so. */
	assert_false(ask_until(w.dns, w.arena, "1.silent.test", DNS_A,
	    clock_ms())
			 .cached);
	end(&w);
}

/* What is given up sooner holds nobody up. */
static void
a_question_may_have_a_deadline_of_its_own(void **state)
{
	int64_t start = clock_ms();
	struct dns_query queries[] = {
	    {.name = "1.silent.test", .type = DNS_A, .deadline = start + 100},
	    {.name = "3.ok.test", .type = DNS_A},
	    {.name = "4.ok.test", .type = DNS_A, .deadline = start + 60000},
	    {.name = "5.ok.test", .type = DNS_A, .deadline = start},
	};
	struct world w;

	(void)state;
	begin(&w, 60000, 100);
	dns_ask(w.dns, w.arena, queries, COUNT(queries), start + 30000);
	assert_in_range(clock_ms() - start, 100, 10000);
	assert_int_equal(queries[0].rc, RC_TEMP);
	assert_true(is_address(&queries[1], 3));
	assert_true(is_address(&queries[2], 4));
	assert_string_equal(queries[3].problem, "no time left to ask");
	end(&w);
}

/* The same question twice: the more patient one counts. */
static void
waits_as_long_as_each_question_may(void **state)
{
	int64_t start = clock_ms();
	struct dns_query queries[] = {
	    {.name = "1.silent.test", .type = DNS_A, .deadline = start + 100},
	    {.name = "1.silent.test", .type = DNS_A, .deadline = start + 300},
	};
	struct world w;

	(void)state;
	begin(&w, 60000, 0);
	dns_ask(w.dns, w.arena, queries, COUNT(queries), NO_DEADLINE);
	assert_in_range(clock_ms() - start, 300, 10000);
	assert_int_equal(w.resolver.queries, 1);
	end(&w);
}

static void
asks_nothing_after_the_deadline(void **state)
{
	struct world w;
	struct dns_query got;

	(void)state;
	begin(&w, PATIENT, 0);
	got = ask_until(w.dns, w.arena, "3.ok.test", DNS_A, clock_ms());
	assert_int_equal(got.rc, RC_TEMP);
	assert_string_equal(got.problem, "no time left to ask");
	assert_int_equal(w.resolver.queries, 0);
	end(&w);
}

static void
drops_the_late_answer_to_a_question_given_up(void **state)
{
	struct world w;
	struct dns_query got;

	(void)state;
	begin(&w, PATIENT, 0);
	got = ask_until(w.dns, w.arena, "7.late.test", DNS_A, clock_ms() + 50);
	assert_int_equal(got.rc, RC_TEMP);
	for (unsigned i = 0; i < 5; i++) {
		got = ask(&w, "3.after-late.test", DNS_A);
		assert_true(is_address(&got, 3));
	}
	end(&w);
}

static void
asks_the_cache_first(void **state)
{
	struct world w;
	struct dns_query first, second;

	(void)state;
	begin(&w, PATIENT, 100);
	first = ask(&w, "3.ok.test", DNS_A);
	second = ask(&w, "3.Ok.test", DNS_A);
	assert_false(first.cached);
	assert_true(second.cached);
	assert_true(is_address(&second, 3));
	assert_int_equal(w.resolver.queries, 1);
	end(&w);
}

static void
remembers_failures_for_a_while(void **state)
{
	struct world w;
	struct dns_query got;

	(void)state;
	begin(&w, PATIENT, 100);
	ask(&w, "1.servfail.test", DNS_A);
	got = ask(&w, "1.servfail.test", DNS_A);
	assert_true(got.cached);
	assert_int_equal(got.rc, RC_TEMP);
	assert_string_equal(got.problem, "SERVFAIL from the resolver");
	end(&w);
}

/* Two resolvers, of which the first is of no use. */
static void
begin_two(struct world *w, struct fake_resolver *bad, int64_t timeout_ms)
{
	const char *const servers[] = {bad->address, w->resolver.address};

	*w = (struct world){.arena = arena_new()};
	assert_true(fake_start(bad, AF_INET));
	assert_true(fake_start(&w->resolver, AF_INET));
	w->dns = open_dns(servers, 2, timeout_ms, 0);
}

static void
asks_the_next_resolver_when_one_fails(void **state)
{
	struct fake_resolver bad = {.fails = true};
	struct world w;
	struct dns_query got;

	(void)state;
	begin_two(&w, &bad, PATIENT);
	got = ask(&w, "3.ok.test", DNS_A);
	assert_true(is_address(&got, 3));
	got = ask(&w, "1.servfail.test", DNS_A);
	assert_string_equal(got.problem, "SERVFAIL from the resolver");
	end(&w);
	fake_stop(&bad);
}

static void
waits_once_for_a_resolver_that_is_silent(void **state)
{
	struct fake_resolver bad = {.is_silent = true};
	struct world w;
	struct dns_query got;

	(void)state;
	begin_two(&w, &bad, 1400);
	got = ask(&w, "3.ok.test", DNS_A);
	assert_true(is_address(&got, 3));
	assert_int_equal(bad.last, 3);
	for (unsigned i = 0; i < 5; i++) {
		got = ask(&w, "4.ok.test", DNS_A);
		assert_true(is_address(&got, 4));
	}
	assert_int_equal(bad.last, 3);
	end(&w);
	fake_stop(&bad);
}

static void
says_that_no_resolver_is_there(void **state)
{
	struct world w;
	struct dns_query got;

	(void)state;
	begin(&w, PATIENT, 0);
	fake_stop(&w.resolver);
	got = ask(&w, "3.ok.test", DNS_A);
	assert_int_equal(got.rc, RC_TEMP);
	assert_string_equal(got.problem, "the resolver cannot be reached");
	dns_close(w.dns);
	arena_free(w.arena);
}

static void
never_asks_for_onion_names(void **state)
{
	struct world w;
	struct dns_query got;

	(void)state;
	begin(&w, PATIENT, 0);
	got = ask(&w, "3.ok.onion", DNS_A);
	assert_int_equal(got.rc, RC_NONE);
	assert_true(got.no_such_name);
	assert_int_equal(w.resolver.queries, 0);
	end(&w);
}

static void *
ask_a_lot(void *context)
{
	struct world *w = context;
	struct arena *a = arena_new();
	size_t wrong = 0;

	for (unsigned i = 0; i < 100; i++) {
		struct dns_query queries[4] = {{.name = NULL}};

		for (unsigned k = 0; k < COUNT(queries); k++) {
			queries[k].type = DNS_A;
			queries[k].name =
			    arena_printf(a, "%u.ok.test", (i + k) * 7 % 60);
		}
		dns_ask(w->dns, a, queries, COUNT(queries), NO_DEADLINE);
		for (unsigned k = 0; k < COUNT(queries); k++)
			wrong += !is_address(&queries[k], (i + k) * 7 % 60);
		arena_reset(a);
	}
	arena_free(a);
	return (void *)wrong;
}

static void
serves_eight_threads(void **state)
{
	struct world w;
	pthread_t threads[8];

	(void)state;
	begin(&w, PATIENT, 30);
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_create(&threads[i], NULL, ask_a_lot, &w);
	for (size_t i = 0; i < COUNT(threads); i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gets_an_answer_in_spite_of_trouble),
	    cmocka_unit_test(asks_whether_an_address_of_a_key_is_authenticated),
	    cmocka_unit_test(says_why_no_answer_can_be_had),
	    cmocka_unit_test(garbage_is_the_answer_to_one_question_only),
	    cmocka_unit_test(never_waits_longer_than_it_may),
	    cmocka_unit_test(tells_no_such_name_from_no_such_records),
	    cmocka_unit_test(
		takes_large_answers_over_udp_and_huge_ones_over_tcp),
	    cmocka_unit_test(keeps_edns_after_a_failure),
	    cmocka_unit_test(asks_again_when_a_packet_is_lost),
	    cmocka_unit_test(asks_many_questions_in_one_round_trip),
	    cmocka_unit_test(asks_the_same_question_once),
	    cmocka_unit_test(answers_what_it_can_by_the_deadline),
	    cmocka_unit_test(a_question_may_have_a_deadline_of_its_own),
	    cmocka_unit_test(waits_as_long_as_each_question_may),
	    cmocka_unit_test(asks_nothing_after_the_deadline),
	    cmocka_unit_test(drops_the_late_answer_to_a_question_given_up),
	    cmocka_unit_test(asks_the_cache_first),
	    cmocka_unit_test(remembers_failures_for_a_while),
	    cmocka_unit_test(asks_the_next_resolver_when_one_fails),
	    cmocka_unit_test(waits_once_for_a_resolver_that_is_silent),
	    cmocka_unit_test(says_that_no_resolver_is_there),
	    cmocka_unit_test(never_asks_for_onion_names),
	    cmocka_unit_test(serves_eight_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
