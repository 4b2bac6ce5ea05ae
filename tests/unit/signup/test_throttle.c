/* SPDX-License-Identifier: MIT */
#include "throttle.h"

#include "check.h"

#define NOW  ((int64_t)1767225600)
#define HOUR THROTTLE_SECONDS

static int64_t
take(struct throttle *t, const char *client, int64_t now)
{
	bool first;

	return throttle_take(t, client, now, 1, 5, &first);
}

static int
taken(struct throttle *t, const char *format, int n, int64_t now)
{
	struct arena *a = arena_new();
	int count = 0;

	for (int i = 0; i < n; i++)
		count += take(t, arena_printf(a, format, i), now) == 0;
	arena_free(a);
	return count;
}

static void
counts_a_client_and_its_network(void **state)
{
	static const struct {
		const char *name, *clients;
		int n, want;
	} rows[] = {
	    {"one address", "192.0.2.1", 50, 5},
	    {"one /64", "2001:db8:0:1::%x", 50, 5},
	    {"many of a /24", "198.51.100.%d", 250, 20},
	    {"many /64 of a /48", "2001:db8:7:%x::1", 250, 20},
	    {"many /24", "10.0.%d.1", 250, 250},
	    {"many /48", "2001:db8:f%02x::1", 250, 250},
	    {"who has no address", "local", 50, 5},
	};
	struct throttle *t = throttle_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK(taken(t, rows[i].clients, rows[i].n, NOW) == rows[i].want,
		    rows[i].name);
	throttle_free(t);
}

static void
begins_anew_after_an_hour(void **state)
{
	struct throttle *t = throttle_new();
	bool first;

	(void)state;
	CHECK(taken(t, "192.0.2.1", 6, NOW) == 5, "five");
	CHECK(throttle_take(t, "192.0.2.1", NOW + 10, 1, 5, &first) ==
		      HOUR - 10 &&
		  !first,
	    "wait");
	CHECK(take(t, "192.0.2.1", NOW + HOUR) == 0, "an hour later");
	/* a clock that was years ahead */
	CHECK(taken(t, "192.0.2.9", 6, NOW + 1000 * HOUR) == 5, "ahead");
	CHECK(take(t, "192.0.2.9", NOW) == 0, "and back");
	throttle_free(t);
}

static void
tells_the_first_refusal_only(void **state)
{
	struct throttle *t = throttle_new();
	bool first;

	(void)state;
	CHECK(throttle_take(t, "192.0.2.1", NOW, 5, 5, &first) == 0 && !first,
	    "taken");
	CHECK(throttle_take(t, "192.0.2.1", NOW, 1, 5, &first) > 0 && first,
	    "first");
	CHECK(throttle_take(t, "192.0.2.1", NOW, 1, 5, &first) > 0 && !first,
	    "second");
	throttle_free(t);
}

/* However many come, who has had most is not forgotten, and nothing grows. */
static void
a_flood_of_clients_forgives_nobody(void **state)
{
	struct throttle *t = throttle_new();
	struct arena *a = arena_new();

	(void)state;
	CHECK(taken(t, "192.0.2.1", 6, NOW) == 5, "five");
	for (int i = 0; i < 100000; i++) {
		take(t,
		    arena_printf(a, "%d.%d.%d.1", 1 + i % 190, i / 190 % 250,
			i / 47500),
		    NOW);
		arena_reset(a);
	}
	CHECK(take(t, "192.0.2.1", NOW) > 0, "still");
	arena_free(a);
	throttle_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(counts_a_client_and_its_network),
	    cmocka_unit_test(begins_anew_after_an_hour),
	    cmocka_unit_test(tells_the_first_refusal_only),
	    cmocka_unit_test(a_flood_of_clients_forgives_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
