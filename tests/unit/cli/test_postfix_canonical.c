/* SPDX-License-Identifier: MIT */
#include "postfix_canonical.h"

#include "check.h"

static void
finds_postsrsd(void **state)
{
	static const struct {
		const char *value, *without;
	} rows[] = {
	    {"", NULL},
	    {"hash:/etc/postfix/canonical", NULL},
	    {"tcp:localhost:10001", ""},
	    {"tcp:127.0.0.1:10002", ""},
	    {"tcp:localhost:10025", NULL},
	    {"hash:/etc/postfix/canonical, tcp:localhost:10001",
		"hash:/etc/postfix/canonical"},
	    {"tcp:localhost:10001 hash:/a,hash:/b", "hash:/a, hash:/b"},
	    {"socketmap:unix:srs:forward", ""},
	    {"socketmap:inet:localhost:10003:reverse", ""},
	    {"socketmap:unix:/var/spool/postfix/postsrsd/srs:x", ""},
	    {"socketmap:unix:postward/forwarder:srs-forward", NULL},
	    {"socketmap:unix:postward/forwarder:forward", NULL},
	    {"socketmap:unix:mine:names", NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_STR(postfix_canonical_without(a, rows[i].value),
		    rows[i].without, rows[i].value);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_postsrsd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
