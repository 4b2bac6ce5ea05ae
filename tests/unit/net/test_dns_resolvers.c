/* SPDX-License-Identifier: MIT */
/* Questions that go to servers of their own. */
#include "net/dns.h"

#include "base/clock.h"
#include "check.h"
#include "fake_resolver.h"

#define PATIENT 10000 /* ms, where an answer comes at once */

struct world {
	struct fake_resolver all, other;
	struct dns *dns;
	struct arena *arena;
};

static void
begin(struct world *w, const char *const *others, size_t n_others)
{
	const char *const all[] = {w->all.address};
	struct dns_servers servers[DNS_OTHERS_MAX];
	struct dns_settings settings = {.servers = all,
	    .n_servers = 1,
	    .others = servers,
	    .n_others = n_others,
	    .timeout_ms = PATIENT,
	    .cache_answers = 100};
	struct err err;

	for (size_t i = 0; i < n_others; i++)
		servers[i] = (struct dns_servers){&others[i], 1};
	w->arena = arena_new();
	if (dns_open(&settings, &w->dns, &err) != RC_OK)
		fail_msg("%s", err.text);
}

static void
begin_two(struct world *w)
{
	const char *const others[] = {w->other.address};

	assert_true(fake_start(&w->all, AF_INET));
	assert_true(fake_start(&w->other, AF_INET));
	begin(w, others, 1);
}

static void
end(struct world *w)
{
	dns_close(w->dns);
	fake_stop(&w->all);
	fake_stop(&w->other);
	arena_free(w->arena);
}

static struct dns_query
ask(struct world *w, const char *name, unsigned resolver)
{
	struct dns_query q = {
	    .name = name, .type = DNS_A, .resolver = resolver};

	dns_ask(w->dns, w->arena, &q, 1, INT64_MAX);
	return q;
}

static void
answers_of_two_resolvers_are_kept_apart(void **state)
{
	struct world w = {.all.fails = true};
	struct dns_query q;

	(void)state;
	begin_two(&w);
	for (int round = 0; round < 2; round++) {
		q = ask(&w, "3.ok.test", 0);
		assert_int_equal(q.rc, RC_TEMP);
		assert_int_equal(q.cached, round > 0);
		q = ask(&w, "3.OK.test", 1);
		assert_int_equal(q.rc, RC_OK);
		assert_int_equal(q.cached, round > 0);
		assert_int_equal(w.all.queries, 1);
		assert_int_equal(w.other.queries, 1);
	}
	/* One that is not there. */
	q = ask(&w, "4.ok.test", 2);
	assert_int_equal(q.rc, RC_TEMP);
	assert_int_equal(w.all.queries, 2);
	end(&w);
}

/* The same name is two questions if it goes to two resolvers. */
static void
all_are_asked_in_one_round(void **state)
{
	struct world w = {.other.fails = true};
	struct dns_query q[4] = {
	    {.name = "5.ok.test", .type = DNS_A},
	    {.name = "5.ok.test", .type = DNS_A, .resolver = 1},
	    {.name = "6.ok.test", .type = DNS_A, .resolver = 1},
	    {.name = "6.ok.test", .type = DNS_A},
	};

	(void)state;
	begin_two(&w);
	dns_ask(w.dns, w.arena, q, 4, INT64_MAX);
	assert_int_equal(q[0].rc, RC_OK);
	assert_int_equal(q[1].rc, RC_TEMP);
	assert_int_equal(q[2].rc, RC_TEMP);
	assert_int_equal(q[3].rc, RC_OK);
	assert_int_equal(w.all.queries, 2);
	assert_int_equal(w.other.queries, 2);
	end(&w);
}

/* Who is silent holds up only questions to himself, each for its own time. */
static void
a_silent_resolver_is_waited_for_no_longer_than_it_may(void **state)
{
	struct world w = {.other.is_silent = true};
	struct dns_query q[2] = {
	    {.name = "7.ok.test", .type = DNS_A},
	    {.name = "7.ok.test",
		.type = DNS_A,
		.resolver = 1,
		.deadline = clock_ms() + 200},
	};

	(void)state;
	begin_two(&w);
	dns_ask(w.dns, w.arena, q, 2, INT64_MAX);
	assert_int_equal(q[0].rc, RC_OK);
	assert_int_equal(q[1].rc, RC_TEMP);
	end(&w);
}

/* Nobody listens there. */
static void
a_dead_resolver_is_told(void **state)
{
	static const char *const others[] = {"127.0.0.1:1", "127.0.0.1:2"};
	struct world w = {0};
	struct dns_query q;

	(void)state;
	assert_true(fake_start(&w.all, AF_INET));
	assert_true(fake_start(&w.other, AF_INET));
	begin(&w, others, 2);
	q = ask(&w, "8.ok.test", 2);
	assert_int_equal(q.rc, RC_TEMP);
	assert_string_equal(q.problem, "the resolver cannot be reached");
	assert_int_equal(ask(&w, "8.ok.test", 0).rc, RC_OK);
	end(&w);
}

static void
a_wrong_server_is_said(void **state)
{
	static const char *const all[] = {"127.0.0.1"}, *const wrong[] = {"x"};
	static const struct dns_servers servers = {wrong, 1};
	const struct dns_settings settings = {.servers = all,
	    .n_servers = 1,
	    .others = &servers,
	    .n_others = 1,
	    .timeout_ms = 1};
	struct dns *dns;
	struct err err;

	(void)state;
	assert_int_equal(dns_open(&settings, &dns, &err), RC_PERM);
	assert_string_equal(err.text,
	    "resolver x: expected ADDRESS or ADDRESS:PORT");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers_of_two_resolvers_are_kept_apart),
	    cmocka_unit_test(all_are_asked_in_one_round),
	    cmocka_unit_test(
		a_silent_resolver_is_waited_for_no_longer_than_it_may),
	    cmocka_unit_test(a_dead_resolver_is_told),
	    cmocka_unit_test(a_wrong_server_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
