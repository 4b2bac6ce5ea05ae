/* SPDX-License-Identifier: MIT */
#include "policy/list_test.h"

#include "base/clock.h"
#include "check.h"
#include "dns_zone.h"

#include <stdlib.h>

#define CLIENTS DNS_LIST_CLIENT
#define NAMES   (DNS_LIST_HELO | DNS_LIST_SENDER)

static int
set_up(void **state)
{
	struct dns *dns;
	struct err err;

	if (dns_open_zone("tests/data/zones/lists.zone", &dns, &err) != RC_OK)
		fail_msg("%s", err.text);
	clock_set(1000000, 5000000);
	*state = dns;
	return 0;
}

static int
tear_down(void **state)
{
	dns_close(*state);
	return 0;
}

static struct dns_list
list_of(const char *zone, unsigned of)
{
	static const struct list_code codes[] = {
	    {.first = 0x7f000002, .last = 0x7f0000fe},
	    {.first = 0x7f000100, .last = 0x7f0001fe}};

	/* As the configuration has them by itself. */
	return (struct dns_list){.zone = zone,
	    .of = of,
	    .codes = codes,
	    .n_codes = of == CLIENTS ? 1 : 2};
}

static void
tells_what_is_wrong_with_a_list(void **state)
{
	static const struct {
		const char *zone;
		unsigned of;
		enum list_fault want;
		const char *answer;
	} cases[] = {
	    {"well.test", CLIENTS, LIST_WELL, NULL},
	    {"names.test", NAMES, LIST_WELL, NULL},
	    /* What no list should have, by codes that nobody minds. */
	    {"white.test", CLIENTS, LIST_ODD,
		"1.0.0.127.white.test is 127.0.0.1"},
	    {"white-other.test", CLIENTS, LIST_ODD,
		"1.0.0.127.white-other.test is 127.0.1.1"},
	    {"white-names.test", NAMES, LIST_ODD,
		"INVALID.white-names.test is 127.0.0.1"},
	    {"white-six.test", CLIENTS, LIST_ODD,
		"1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
		"0.0.white-six.test is 127.0.0.1"},
	    /* A test entry that shows nothing of the codes we mind. */
	    {"codes.test", CLIENTS, LIST_OTHER_CODES,
		"2.0.0.127.codes.test is 127.0.1.9"},
	    {"codes-names.test", NAMES, LIST_OTHER_CODES,
		"TEST.codes-names.test is 127.0.2.2"},
	    {"one.test", CLIENTS, LIST_OTHER_CODES,
		"2.0.0.127.one.test is 127.0.0.1"},
	    {"some-codes.test", CLIENTS, LIST_WELL, NULL},
	    /* "You may not ask", in URIBL's way. */
	    {"blocked.test", CLIENTS, LIST_BLOCKED,
		"2.0.0.127.blocked.test is 127.0.0.1"},
	    {"blocked.test", NAMES, LIST_BLOCKED,
		"TEST.blocked.test is 127.0.0.1"},
	    {"multi.uribl.com", NAMES, LIST_BLOCKED,
		"INVALID.multi.uribl.com is 127.0.0.1"},
	    {"six.test", CLIENTS, LIST_WELL, NULL},
	    {"other-code.test", CLIENTS, LIST_WELL, NULL},
	    {"four.test", CLIENTS, LIST_WELL, NULL},
	    {"public.test", CLIENTS, LIST_PUBLIC_RESOLVER,
		"2.0.0.127.public.test is 127.255.255.254"},
	    {"typing.test", CLIENTS, LIST_TYPING_ERROR,
		"2.0.0.127.typing.test is 127.255.255.252"},
	    {"too-many.test", CLIENTS, LIST_TOO_MANY,
		"2.0.0.127.too-many.test is 127.255.255.255"},
	    {"refuses.test", CLIENTS, LIST_REFUSES,
		"2.0.0.127.refuses.test is 127.255.255.1"},
	    {"parked.test", CLIENTS, LIST_OUTSIDE,
		"2.0.0.127.parked.test is 192.0.2.80"},
	    {"parked.test", NAMES, LIST_OUTSIDE,
		"TEST.parked.test is 192.0.2.80"},
	    {"world.test", CLIENTS, LIST_WORLD,
		"1.0.0.127.world.test is 127.0.0.2"},
	    {"world-names.test", NAMES, LIST_WORLD,
		"INVALID.world-names.test is 127.0.1.2"},
	    {"world-six.test", CLIENTS, LIST_WORLD,
		"1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
		"0.0.world-six.test is 127.0.0.2"},
	    {"codes-world.test", CLIENTS, LIST_PUBLIC_RESOLVER,
		"1.0.0.127.codes-world.test is 127.255.255.254"},
	    {"empty.test", CLIENTS, LIST_EMPTY, NULL},
	    {"empty-names.test", NAMES, LIST_EMPTY, NULL},
	    /* A list of the other kind. */
	    {"names.test", CLIENTS, LIST_EMPTY, NULL},
	    {"well.test", NAMES, LIST_EMPTY, NULL},
	    {"nowhere.test", CLIENTS, LIST_NO_ZONE, NULL},
	    {"nowhere.test", NAMES, LIST_NO_ZONE, NULL},
	    {"silent.test", CLIENTS, LIST_SILENT,
		"2.0.0.127.silent.test: no answer in time"},
	    {"half.test", CLIENTS, LIST_SILENT,
		"1.0.0.127.half.test: no answer in time"},
	    {"silent-names.test", NAMES, LIST_SILENT,
		"TEST.silent-names.test: SERVFAIL from the resolver"},
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dns_list list = list_of(cases[i].zone, cases[i].of);
		struct dns_list *lists = &list;
		struct list_test got;

		list_test_run(*state, a, &lists, 1, 1000, &got);
		if (got.fault != cases[i].want)
			fail_msg("%s: %s", cases[i].zone,
			    list_fault_texts[got.fault].word);
		CHECK_STR(got.answer, cases[i].answer, cases[i].zone);
		arena_reset(a);
	}
	arena_free(a);
}

/* Good codes, and what a list that has them must not do. */
static void
a_list_must_not_speak_for_all_the_world(void **state)
{
	static const char *const dnswl[] = {"127.0.[2..20].[0..2]: -1",
	    "127.0.[2..20].3: pass", "127.0.0.255: refused"};
	static const char *const karma[] = {
	    "127.0.0.1: -3", "127.0.0.2", "127.0.0.3: pass"};
	static const struct {
		const char *zone;
		unsigned of;
		const char *const *entries;
		enum list_fault want;
		const char *answer;
	} cases[] = {
	    {"good.test", CLIENTS, dnswl, LIST_WELL, NULL},
	    {"good-half.test", CLIENTS, dnswl, LIST_WELL, NULL},
	    {"good-over.test", CLIENTS, dnswl, LIST_REFUSES,
		"255.113.0.203.good-over.test is 127.0.0.255"},
	    {"list.dnswl.org", CLIENTS, karma, LIST_TOO_MANY,
		"2.0.0.127.list.dnswl.org is 127.0.0.255"},
	    {"good-us.test", CLIENTS, karma, LIST_ODD,
		"1.0.0.127.good-us.test is 127.0.0.1"},
	    {"good-world.test", CLIENTS, karma, LIST_WORLD,
		"255.113.0.203.good-world.test is 127.0.0.1"},
	    {"good-bogons.test", CLIENTS, karma, LIST_WELL, NULL},
	    {"world.test", CLIENTS, karma, LIST_WORLD,
		"1.0.0.127.world.test is 127.0.0.2"},
	    {"well.test", CLIENTS, dnswl, LIST_OTHER_CODES,
		"2.0.0.127.well.test is 127.0.0.2"},
	    {"good-names.test", NAMES, karma, LIST_WORLD,
		"INVALID.good-names.test is 127.0.0.1"},
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct list_code codes[3];
		struct dns_list list = list_of(cases[i].zone, cases[i].of);
		struct dns_list *lists = &list;
		struct list_test got;

		for (size_t k = 0; k < 3; k++)
			CHECK_STR(list_code_read(a, cases[i].entries[k],
				      &codes[k]),
			    NULL, cases[i].entries[k]);
		list.codes = codes;
		list.n_codes = 3;
		list_test_run(*state, a, &lists, 1, 1000, &got);
		if (got.fault != cases[i].want)
			fail_msg("%s: %s", cases[i].zone,
			    list_fault_texts[got.fault].word);
		CHECK_STR(got.answer, cases[i].answer, cases[i].zone);
		arena_reset(a);
	}
	arena_free(a);
}

static void
tests_several_at_once(void **state)
{
	struct dns_list lists[] = {
	    list_of("world.test", CLIENTS),
	    list_of("names.test", NAMES),
	    list_of("well.test", CLIENTS),
	};
	struct dns_list *const all[] = {&lists[0], &lists[1], &lists[2]};
	struct arena *a = arena_new();
	struct list_test got[3];

	list_test_run(*state, a, all, 3, 1000, got);
	assert_int_equal(got[0].fault, LIST_WORLD);
	assert_int_equal(got[1].fault, LIST_WELL);
	assert_int_equal(got[2].fault, LIST_WELL);
	list_test_run(*state, a, all, 0, 1000, got);
	arena_free(a);
}

static void
a_change_is_told_once_with_cause_and_fix(void **state)
{
	static const struct list_test
	    sick = {.fault = LIST_PUBLIC_RESOLVER,
		.answer = "2.0.0.127.bl.test is 127.255.255.254"},
	    worse = {.fault = LIST_WORLD}, well = {.fault = LIST_WELL};
	static const struct {
		const char *name;
		const struct list_test *test;
		const char *line;
	} cases[] = {
	    {"well from the start", &well, NULL},
	    {"falls ill", &sick,
		"list bl.test is suspended: it was asked through a public "
		"resolver, which it does not serve (2.0.0.127.bl.test is "
		"127.255.255.254); set resolver.servers to a resolver of your "
		"own"},
	    {"is still ill", &sick, NULL},
	    {"of something else", &worse,
		"list bl.test is suspended: it lists what no list may, and "
		"probably all the world; it has ended, it seems: remove it"},
	    {"is well again", &well, "list bl.test is well again, and asked"},
	    {"and stays so", &well, NULL},
	};
	struct dns_list list = {.zone = "bl.test", .of = CLIENTS};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool is_well = cases[i].test == &well, good;

		CHECK_STR(list_test_learn(&list, cases[i].test, a, 0, &good),
		    cases[i].line, cases[i].name);
		CHECK(good == is_well, cases[i].name);
		CHECK(list_health_suspended(&list.own, clock_ms()) == !is_well,
		    cases[i].name);
		clock_advance(LIST_HEALTH_RETRY_MS);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_what_is_wrong_with_a_list),
	    cmocka_unit_test(a_list_must_not_speak_for_all_the_world),
	    cmocka_unit_test(tests_several_at_once),
	    cmocka_unit_test(a_change_is_told_once_with_cause_and_fix),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
