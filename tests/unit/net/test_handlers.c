/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/clock.h"
#include "net/handlers.h"

#define PATIENCE_MS 1000

static void
tells_when_none_returns(void **state)
{
	static const struct {
		const char *name;
		unsigned begin, end; /* so many, before a look */
		int64_t later_ms;
		bool alive;
	} looks[] = {
	    {"nobody came", 0, 0, 0, true},
	    {"nobody for long", 0, 0, 5000, true},
	    {"two are called", 2, 0, 1, true},
	    {"for a while", 0, 0, PATIENCE_MS - 1, true},
	    {"too long", 0, 0, 1, false},
	    {"others come, and none returns", 3, 0, 1, false},
	    {"one has returned", 0, 1, 1, true},
	    {"the others have not", 0, 0, PATIENCE_MS + 1, false},
	    {"all have", 0, 4, 1, true},
	    {"nobody for long again", 0, 0, 5000, true},
	    {"one hangs, and others come and go", 2, 1, 1, true},
	    {"and go", 1, 1, PATIENCE_MS, true},
	    {"and go on", 1, 1, PATIENCE_MS, true},
	    {"and no longer", 1, 0, PATIENCE_MS + 1, false},
	};
	struct handlers *h = handlers_new();
	int64_t now = 1000000;

	(void)state;
	for (size_t i = 0; i < COUNT(looks); i++) {
		for (unsigned k = 0; k < looks[i].begin; k++)
			handlers_begin(h);
		for (unsigned k = 0; k < looks[i].end; k++)
			handlers_end(h);
		now += looks[i].later_ms;
		clock_set(1000000, now);
		CHECK(handlers_are_alive(h, PATIENCE_MS) == looks[i].alive,
		    looks[i].name);
	}
	handlers_free(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_when_none_returns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
