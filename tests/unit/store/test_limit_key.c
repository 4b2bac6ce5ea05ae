/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "store/limit_key.h"

static const struct {
	const char *client, *one, *network;
} rows[] = {
    {"192.0.2.77", "ask:client:192.0.2.77", "ask:network:192.0.2.0/24"},
    {"2001:db8:1:2:3:4:5:6", "ask:client:2001:db8:1:2::/64",
	"ask:network:2001:db8:1::/48"},
    {"::ffff:192.0.2.77", "ask:client:192.0.2.77", "ask:network:192.0.2.0/24"},
    {"mx.example", "ask:client:unknown", "ask:network:unknown"},
    {"", "ask:client:unknown", "ask:network:unknown"},
    {NULL, "ask:client:unknown", "ask:network:unknown"},
};

static void
names_a_client_and_its_network(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = rows[i].one;

		CHECK_STR(limit_key_of_client(a, "ask", rows[i].client), name,
		    name);
		CHECK_STR(limit_key_of_network(a, "ask", rows[i].client),
		    rows[i].network, name);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_a_client_and_its_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
