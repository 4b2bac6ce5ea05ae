/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/clock.h"
#include "net/private/stillness.h"

#define PATIENCE 1000

static void
lasts_while_nothing_is_done(void **state)
{
	static const struct {
		const char *name;
		int64_t after_ms;
		unsigned done;
		bool is_wanted, lasts;
	} looks[] = {
	    {"the first look", 0, 7, true, false},
	    {"not for long", PATIENCE, 7, true, false},
	    {"too long", 1, 7, true, true},
	    {"still", PATIENCE, 7, true, true},
	    {"something was done", 0, 8, true, false},
	    {"not for long again", PATIENCE, 8, true, false},
	    {"nothing to do", 1, 8, false, false},
	    {"nor for long", 10 * PATIENCE, 8, false, false},
	    {"something to do", PATIENCE, 8, true, false},
	    {"too long again", 1, 8, true, true},
	    {"the count begins anew", 1, 0, true, false},
	};
	struct stillness s = {0};

	(void)state;
	clock_set(1000000, 5000);
	for (size_t i = 0; i < COUNT(looks); i++) {
		clock_advance(looks[i].after_ms);
		CHECK(stillness_lasts(&s, looks[i].done, looks[i].is_wanted,
			  PATIENCE) == looks[i].lasts,
		    looks[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lasts_while_nothing_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
