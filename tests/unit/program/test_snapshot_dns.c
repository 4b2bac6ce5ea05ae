/* SPDX-License-Identifier: MIT */
/* What a reload keeps of DNS, and of the health of lists. */
#include "program/snapshot.h"

#include "base/clock.h"
#include "check.h"
#include "open_text.h"

#define PRESENT                                                                \
	"store { url = \"sqlite:/nonexistent/db\" }\n"                         \
	"resolver { servers = { \"127.0.0.1:1\" } }\n"

static void
is_kept_if_nobody_else_is_asked(void **state)
{
	static const char list[] = "dnsbl \"bl.test\" { resolver = "
				   "{ \"127.0.0.1:2\" } }\n";
	static const struct {
		const char *name, *text, *list;
		bool keeps_dns, keeps_health;
	} cases[] = {
	    {"the same", "", list, true, true},
	    {"the list has another resolver", "",
		"dnsbl \"bl.test\" { resolver = { \"127.0.0.1:3\" } }\n", false,
		false},
	    {"one more", "",
		"dnsbl \"bl.test\" { resolver = { \"127.0.0.1:2\", "
		"\"127.0.0.1:3\" } }\n",
		false, false},
	    {"none of its own", "", "dnsbl \"bl.test\" {}\n", false, false},
	    {"another list has one, too",
		"dnsbl \"b.test\" { resolver = { \"127.0.0.1:4\" } }\n", list,
		false, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *a = arena_new();
		struct snapshots *snapshots;
		struct snapshot *old, *next;
		struct list_health *health;
		struct err err;
		size_t last;

		assert_int_equal(snapshots_open(must_open_ours(arena_printf(a,
						    "%s%s", PRESENT, list)),
				     &snapshots, &err),
		    RC_OK);
		old = snapshots_acquire(snapshots, NULL);
		health = old->settings->policy.lists[0].health;
		list_health_change(health, LIST_BY_TEST, LIST_SILENT,
		    clock_ms());
		assert_int_equal(snapshots_prepare(snapshots,
				     must_open_ours(arena_printf(a, "%s%s%s",
					 PRESENT, cases[i].text,
					 cases[i].list)),
				     &next, &err),
		    RC_OK);
		CHECK((next->dns == old->dns) == cases[i].keeps_dns,
		    cases[i].name);
		last = next->settings->policy.n_lists - 1;
		CHECK((next->settings->policy.lists[last].health == health) ==
			  cases[i].keeps_health,
		    cases[i].name);
		snapshots_drop(snapshots, next);
		snapshots_release(snapshots, old);
		snapshots_close(snapshots);
		arena_free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_kept_if_nobody_else_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
