/* SPDX-License-Identifier: MIT */
/* Eight threads share one struct spf; ThreadSanitizer looks on. */
#include "auth/spf.h"

#include "spf_zone.h"

#include <pthread.h>

#define THREADS 8
#define CHECKS  250

static const char zone[] =
    "a.org TXT \"v=spf1 include:b.org mx -all exp=e.org\"\n"
    "b.org TXT \"v=spf1 a:c.org ptr:x.example exists:%{l}.c.org ?all\"\n"
    "c.org A 192.0.2.3\n"
    "1.c.org A 127.0.0.1\n"
    "a.org MX 1 c.org\n"
    "a.org MX 2 d.org\n"
    "d.org A 192.0.2.2\n"
    "e.org TXT \"not %{l}\"\n";

struct work {
	const struct spf_zone *zone;
	unsigned number; /* of the thread: what it checks differs */
	unsigned wrong;
};

static const struct {
	const char *ip;
	enum spf_verdict verdict;
	const char *term;
} wanted[] = {
    {"192.0.2.1", SPF_PASS, "include:b.org"}, /* 1@a.org exists */
    {"192.0.2.2", SPF_PASS, "mx"},
    {"192.0.2.3", SPF_PASS, "include:b.org"},
    {"192.0.2.4", SPF_FAIL, "-all"},
};

static void *
run(void *arg)
{
	struct work *work = arg;
	struct arena *a = arena_new();
	unsigned kind = work->number % COUNT(wanted);

	for (int i = 0; i < CHECKS; i++) {
		struct spf_request request = {
		    .helo = "mail.example.org",
		    .sender = arena_printf(a, "%u@a.org", kind + 1),
		    .receiver = "mx.example.net",
		    .deadline = clock_ms() + 20000,
		};
		struct spf_result r;

		ip_parse(wanted[kind].ip, &request.client);
		spf_check(work->zone->spf, a, &request, &r);
		work->wrong += r.verdict != wanted[kind].verdict ||
			       strcmp(r.term, wanted[kind].term) != 0;
		arena_reset(a);
	}
	arena_free(a);
	return NULL;
}

static void
serves_eight_threads_at_once(void **state)
{
	struct spf_zone z = spf_zone_open(zone);
	struct work works[THREADS];
	pthread_t threads[THREADS];

	(void)state;
	for (unsigned i = 0; i < THREADS; i++) {
		works[i] = (struct work){.zone = &z, .number = i};
		assert_int_equal(pthread_create(&threads[i], NULL, run,
				     &works[i]),
		    0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(works[i].wrong, 0);
	}
	spf_zone_close(&z);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(serves_eight_threads_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
