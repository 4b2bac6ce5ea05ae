/* SPDX-License-Identifier: MIT */
#include "mail/header.h"

#include "check.h"

static void
knows_a_field_by_its_name(void **state)
{
	(void)state;
	assert_true(header_is("received", "Received"));
	assert_true(header_is("Received \t", "Received"));
	assert_false(header_is("Received-SPF", "Received"));
	assert_false(header_is("Receive", "Received"));
}

static void
unfolds(void **state)
{
	static const struct {
		const char *name, *value, *want;
	} cases[] = {
	    {"one line", " a b ", "a b"},
	    {"folded", "a;\n\tb", "a; b"},
	    {"CRLF", "a;\r\n  b\r\n", "a; b"},
	    {"space before the fold", "a \n b", "a b"},
	    {"nothing", " \r\n ", ""},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_STR(header_unfold(a, cases[i].value), cases[i].want,
		    cases[i].name);
	arena_free(a);
}

static void
follows_the_way_of_a_message(void **state)
{
	struct header_trace t = {.arena = arena_new()};

	(void)state;
	header_trace_add(&t, "Received", "from a by b");
	header_trace_add(&t, "X-Received", "from a by b");
	header_trace_add(&t, "delivered-to", " <Ann@Remotes.Club>");
	header_trace_add(&t, "Delivered-To", "nonsense");
	assert_int_equal(t.received, 1);
	assert_int_equal(t.n_delivered, 2);
	assert_true(header_trace_has(&t, "ann@remotes.club"));
	assert_false(header_trace_has(&t, "bob@remotes.club"));
	for (int i = 0; i < 2 * HEADER_DELIVERED_MAX; i++)
		header_trace_add(&t, "Delivered-To", "x@example.org");
	assert_int_equal(t.n_delivered, 2 + 2 * HEADER_DELIVERED_MAX);
	arena_free(t.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_a_field_by_its_name),
	    cmocka_unit_test(unfolds),
	    cmocka_unit_test(follows_the_way_of_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
