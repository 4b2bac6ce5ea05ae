/* SPDX-License-Identifier: MIT */
#include "net/private/dns_flight.h"

#include "base/clock.h"
#include "check.h"
#include "fake_resolver.h"

#include <sched.h>

#define NO_DEADLINE INT64_MAX
#define PATIENT     60000 /* ms: nothing is sent twice meanwhile */
#define ASKERS      64

static const struct dns_answer found = {.rc = RC_OK, .problem = "of the first"};
static const struct dns_answer no_time = {.rc = RC_TEMP, .given_up = true};

/* One who asks, with one waiter. */
struct asker {
	struct dns_waiter waiter;
	int wake;
};

static enum dns_waiter_state
join(struct dns_flights *flights, struct asker *asker, const char *name,
    int64_t until)
{
	struct dns_key key;

	*asker = (struct asker){.wake = -1};
	dns_key_make(&key, name, DNS_A);
	return dns_flight_join(flights, &asker->waiter, &key, until,
	    &asker->wake);
}

static bool
is_called(const struct asker *asker)
{
	struct pollfd fd = {.fd = asker->wake, .events = POLLIN};

	return asker->wake >= 0 && poll(&fd, 1, 0) == 1;
}

static void
go(struct asker *asker)
{
	dns_flight_leave(&asker->waiter);
	if (asker->wake >= 0)
		close(asker->wake);
}

static void
only_the_first_asks(void **state)
{
	struct dns_flights *flights = dns_flights_new();
	struct arena *a = arena_new();
	struct asker first, second, other;
	struct dns_answer got;

	(void)state;
	assert_int_equal(join(flights, &first, "a.test", 1), DNS_WAITER_ASKS);
	assert_int_equal(join(flights, &second, "A.Test", 1), DNS_WAITER_WAITS);
	assert_int_equal(join(flights, &other, "b.test", 1), DNS_WAITER_ASKS);
	assert_int_equal(first.wake, -1);
	assert_false(is_called(&second));
	assert_int_equal(dns_flight_look(&second.waiter, a, &got),
	    DNS_WAITER_WAITS);
	dns_flight_complete(&first.waiter, &found);
	assert_true(is_called(&second));
	assert_int_equal(dns_flight_look(&second.waiter, a, &got),
	    DNS_WAITER_ANSWERED);
	assert_string_equal(got.problem, "of the first");
	/* It is over: the next one asks. */
	go(&first);
	assert_int_equal(join(flights, &first, "a.test", 1), DNS_WAITER_ASKS);
	go(&first);
	go(&second);
	go(&other);
	dns_flights_free(flights);
	arena_free(a);
}

static void
another_type_is_another_question(void **state)
{
	struct dns_flights *flights = dns_flights_new();
	struct asker first, second = {.wake = -1};
	struct dns_key key;

	(void)state;
	assert_int_equal(join(flights, &first, "a.test", 1), DNS_WAITER_ASKS);
	dns_key_make(&key, "a.test", DNS_MX);
	assert_int_equal(dns_flight_join(flights, &second.waiter, &key, 1,
			     &second.wake),
	    DNS_WAITER_ASKS);
	go(&first);
	go(&second);
	dns_flights_free(flights);
}

static void
the_one_with_the_most_time_takes_over(void **state)
{
	struct dns_flights *flights = dns_flights_new();
	struct arena *a = arena_new();
	struct asker first, shorter, longer;
	struct dns_answer got;

	(void)state;
	join(flights, &first, "a.test", 10);
	join(flights, &shorter, "a.test", 20);
	join(flights, &longer, "a.test", 30);
	dns_flight_complete(&first.waiter, &no_time);
	assert_false(is_called(&shorter));
	assert_true(is_called(&longer));
	assert_int_equal(dns_flight_look(&longer.waiter, a, &got),
	    DNS_WAITER_ASKS);
	/* It leaves without an answer, and the last one is called. */
	go(&longer);
	assert_true(is_called(&shorter));
	assert_int_equal(dns_flight_look(&shorter.waiter, a, &got),
	    DNS_WAITER_ASKS);
	dns_flight_complete(&shorter.waiter, &found);
	go(&shorter);
	go(&first);
	dns_flights_free(flights);
	arena_free(a);
}

static void
who_leaves_is_not_waited_for(void **state)
{
	struct dns_flights *flights = dns_flights_new();
	struct asker first, second, third;

	(void)state;
	join(flights, &first, "a.test", 1);
	join(flights, &second, "a.test", 1);
	join(flights, &third, "a.test", 1);
	go(&second);
	dns_flight_complete(&first.waiter, &found);
	/* The answer that nobody looked at is freed. */
	go(&third);
	go(&first);
	dns_flights_free(flights);
}

/* One resolver, and threads that ask it. */
struct world {
	struct fake_resolver resolver;
	struct dns *dns;
	struct arena *arena;
};

struct thread {
	pthread_t id;
	struct world *world;
	struct arena *arena;
	struct dns_query queries[2];
	size_t n;
	int64_t deadline;
	atomic_bool done;
};

static void
begin(struct world *w)
{
	const char *server = w->resolver.address;
	const struct dns_settings settings = {.servers = &server,
	    .n_servers = 1,
	    .timeout_ms = PATIENT,
	    .cache_answers = 100};

	*w = (struct world){.arena = arena_new()};
	assert_true(fake_start(&w->resolver, AF_INET));
	assert_int_equal(dns_open(&settings, &w->dns, NULL), RC_OK);
}

static void
end(struct world *w)
{
	dns_close(w->dns);
	fake_stop(&w->resolver);
	arena_free(w->arena);
}

static void *
run(void *context)
{
	struct thread *t = context;

	dns_ask(t->world->dns, t->arena, t->queries, t->n, t->deadline);
	t->done = true;
	return NULL;
}

static void
start(struct thread *t, struct world *w, const char *first, const char *second,
    int64_t deadline)
{
	*t = (struct thread){.world = w,
	    .arena = arena_new(),
	    .queries = {{.name = first, .type = DNS_A},
		{.name = second, .type = DNS_A}},
	    .n = second == NULL ? 1 : 2,
	    .deadline = deadline};
	assert_int_equal(pthread_create(&t->id, NULL, run, t), 0);
}

static void
wait_for(struct thread *t)
{
	pthread_join(t->id, NULL);
	arena_free(t->arena);
}

static void
wait_for_questions(struct world *w, unsigned n)
{
	while (w->resolver.queries < n)
		sched_yield();
}

static enum rc
ask(struct world *w, const char *name)
{
	struct dns_query query = {.name = name, .type = DNS_A};

	dns_ask(w->dns, w->arena, &query, 1, NO_DEADLINE);
	return query.rc;
}

static void
asks_once_for_many_threads(void **state)
{
	struct thread *threads = calloc(ASKERS, sizeof(*threads));
	struct world w;

	(void)state;
	assert_non_null(threads);
	begin(&w);
	for (size_t i = 0; i < ASKERS; i++)
		start(&threads[i], &w, "7.late.test", NULL, NO_DEADLINE);
	wait_for_questions(&w, 1);
	assert_int_equal(ask(&w, "3.after-late.test"), RC_OK);
	for (size_t i = 0; i < ASKERS; i++) {
		wait_for(&threads[i]);
		assert_int_equal(threads[i].queries[0].rc, RC_OK);
	}
	assert_int_equal(w.resolver.queries, 2);
	end(&w);
	free(threads);
}

static void
asks_again_when_the_first_gave_up(void **state)
{
	struct thread hasty, patient;
	struct world w;

	(void)state;
	begin(&w);
	start(&hasty, &w, "7.late.test", NULL, clock_ms() + 200);
	wait_for_questions(&w, 1);
	start(&patient, &w, "7.late.test", NULL, NO_DEADLINE);
	wait_for(&hasty);
	assert_int_equal(hasty.queries[0].rc, RC_TEMP);
	wait_for_questions(&w, 2);
	assert_false(patient.done);
	assert_int_equal(ask(&w, "3.after-late.test"), RC_OK);
	wait_for(&patient);
	assert_int_equal(patient.queries[0].rc, RC_OK);
	end(&w);
}

static void
waits_no_longer_than_its_own_deadline(void **state)
{
	struct thread hasty, patient;
	struct world w;

	(void)state;
	begin(&w);
	start(&patient, &w, "7.late.test", NULL, NO_DEADLINE);
	wait_for_questions(&w, 1);
	start(&hasty, &w, "7.late.test", NULL, clock_ms() + 50);
	wait_for(&hasty);
	assert_int_equal(hasty.queries[0].rc, RC_TEMP);
	assert_false(patient.done);
	assert_int_equal(ask(&w, "3.after-late.test"), RC_OK);
	wait_for(&patient);
	assert_int_equal(patient.queries[0].rc, RC_OK);
	assert_int_equal(w.resolver.queries, 2);
	end(&w);
}

static void
fill_the_batch(struct world *w, unsigned from, unsigned n)
{
	struct dns_query queries[BATCH] = {{.name = NULL}};

	for (unsigned i = 0; i < n; i++)
		queries[i] = (struct dns_query){.type = DNS_A,
		    .name = arena_printf(w->arena, "%u.batch.test", from + i)};
	dns_ask(w->dns, w->arena, queries, n, NO_DEADLINE);
}

static void
nobody_waits_for_the_slow_name_of_another(void **state)
{
	struct thread slow, quick;
	struct world w;

	(void)state;
	begin(&w);
	start(&slow, &w, "7.late.test", "0.batch.test", NO_DEADLINE);
	wait_for_questions(&w, 2);
	start(&quick, &w, "0.batch.test", NULL, clock_ms() + PATIENT / 2);
	assert_int_equal(ask(&w, "3.ok.test"), RC_OK);
	fill_the_batch(&w, 1, BATCH - 1);
	wait_for(&quick);
	assert_int_equal(quick.queries[0].rc, RC_OK);
	assert_false(slow.done);
	assert_int_equal(ask(&w, "3.after-late.test"), RC_OK);
	wait_for(&slow);
	assert_int_equal(slow.queries[0].rc, RC_OK);
	assert_int_equal(slow.queries[1].rc, RC_OK);
	end(&w);
}

static void
takes_over_while_it_asks_something_else(void **state)
{
	struct thread hasty, patient;
	struct world w;

	(void)state;
	begin(&w);
	start(&hasty, &w, "0.batch.test", NULL, clock_ms() + 200);
	wait_for_questions(&w, 1);
	start(&patient, &w, "0.batch.test", "7.late.test", NO_DEADLINE);
	wait_for(&hasty);
	wait_for_questions(&w, 3);
	assert_false(patient.done);
	fill_the_batch(&w, 1, BATCH - 2);
	assert_int_equal(ask(&w, "3.after-late.test"), RC_OK);
	wait_for(&patient);
	assert_int_equal(patient.queries[0].rc, RC_OK);
	assert_int_equal(patient.queries[1].rc, RC_OK);
	end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_the_first_asks),
	    cmocka_unit_test(another_type_is_another_question),
	    cmocka_unit_test(the_one_with_the_most_time_takes_over),
	    cmocka_unit_test(who_leaves_is_not_waited_for),
	    cmocka_unit_test(asks_once_for_many_threads),
	    cmocka_unit_test(asks_again_when_the_first_gave_up),
	    cmocka_unit_test(waits_no_longer_than_its_own_deadline),
	    cmocka_unit_test(nobody_waits_for_the_slow_name_of_another),
	    cmocka_unit_test(takes_over_while_it_asks_something_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
