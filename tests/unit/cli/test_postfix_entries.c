/* SPDX-License-Identifier: MIT */
#include "postfix_entries.h"

#include "check.h"

#include <string.h>

#define QUEUE "/var/spool/postfix"
#define RIGHT "{ unix:postward/milter, default_action=tempfail }"

static const char *const maps[] = {"forward", "domain", "srs-reverse", NULL};

/* Where the milter of these tests listens. */
static struct postfix_entries
milter_at(const char *const *listen, bool chrooted)
{
	return (struct postfix_entries){
	    .listen = listen,
	    .n_listen = 1,
	    .program = "milter",
	    .queue = QUEUE,
	    .chrooted = chrooted,
	    .right = RIGHT,
	};
}

struct entries_case {
	const char *name, *value;
	enum postfix_found found;
	const char *mended;
};

static void
check_cases(const struct entries_case *cases, size_t n,
    const struct postfix_entries *wanted)
{
	struct arena *a = arena_new();

	for (size_t i = 0; i < n; i++) {
		const char *mended = NULL;

		CHECK(postfix_entries_look(a, cases[i].value, wanted,
			  &mended) == cases[i].found,
		    cases[i].name);
		CHECK_STR(mended, cases[i].mended, cases[i].name);
	}
	arena_free(a);
}

static void
finds_a_socket_in_the_queue(void **state)
{
	static const char *const listen[] = {"unix:" QUEUE "/postward/milter"};
	static const struct entries_case cases[] = {
	    {"nothing", "", POSTFIX_MISSING, NULL},
	    {"another", "inet:127.0.0.1:8891, unix:rspamd/milter",
		POSTFIX_MISSING, NULL},
	    {"from the queue", "unix:postward/milter", POSTFIX_RIGHT, NULL},
	    {"in braces", RIGHT, POSTFIX_RIGHT, NULL},
	    {"among others",
		"inet:127.0.0.1:8891 { unix:postward/milter , "
		"connect_timeout=1s},unix:x",
		POSTFIX_RIGHT, NULL},
	    {"by its old word", "local:postward/milter", POSTFIX_RIGHT, NULL},
	    {"oddly", "unix:/postward//./milter", POSTFIX_RIGHT, NULL},
	    {"as seen from outside", "unix:" QUEUE "/postward/milter",
		POSTFIX_ASTRAY, RIGHT},
	    {"that, among others",
		"unix:a, { unix:" QUEUE "/postward/milter, x=y }, inet:b:1",
		POSTFIX_ASTRAY, "unix:a, " RIGHT ", inet:b:1"},
	    {"right and wrong",
		"unix:" QUEUE "/postward/milter, unix:postward/milter",
		POSTFIX_ASTRAY, "unix:postward/milter"},
	    {"twice wrong", "unix:/run/postward/milter unix:x/postward/milter",
		POSTFIX_ASTRAY, RIGHT},
	    {"nearly the name", "unix:postward/milter-old", POSTFIX_MISSING,
		NULL},
	    {"another program of ours", "unix:postward/policyd",
		POSTFIX_MISSING, NULL},
	    {"braces left open", "{ unix:postward/milter", POSTFIX_RIGHT, NULL},
	};
	const struct postfix_entries wanted = milter_at(listen, true);

	(void)state;
	check_cases(cases, sizeof(cases) / sizeof(*cases), &wanted);
}

static void
knows_what_a_chroot_changes(void **state)
{
	static const char *const listen[] = {"unix:" QUEUE "/postward/milter"};
	static const char *const elsewhere[] = {"unix:/run/postward/milter"};
	static const struct entries_case open_cases[] = {
	    {"from the root", "unix:" QUEUE "/postward/milter", POSTFIX_RIGHT,
		NULL},
	    {"from the queue", "unix:postward/milter", POSTFIX_RIGHT, NULL},
	};
	static const struct entries_case run_cases[] = {
	    {"from the root", "unix:/run/postward/milter", POSTFIX_RIGHT, NULL},
	    {"by the old name of /run", "unix:/var/run/postward/milter",
		POSTFIX_RIGHT, NULL},
	    {"in the queue, where it was once", "unix:postward/milter",
		POSTFIX_ASTRAY, RIGHT},
	};
	struct postfix_entries wanted = milter_at(listen, false);

	(void)state;
	check_cases(open_cases, 2, &wanted);
	wanted.listen = elsewhere;
	check_cases(run_cases, 3, &wanted);
}

static void
finds_a_port(void **state)
{
	static const char *const listen[] = {"inet:127.0.0.1:10040"};
	static const char *const any[] = {"inet:[::]:10040"};
	static const struct entries_case cases[] = {
	    {"the same", "inet:127.0.0.1:10040", POSTFIX_RIGHT, NULL},
	    {"by name", "{ inet:localhost:10040 }", POSTFIX_RIGHT, NULL},
	    {"another port", "inet:127.0.0.1:8891", POSTFIX_MISSING, NULL},
	    {"another machine", "inet:192.0.2.1:10040", POSTFIX_MISSING, NULL},
	    {"another address of here", "inet:[::1]:10040", POSTFIX_ASTRAY,
		RIGHT},
	    {"no port", "inet:127.0.0.1", POSTFIX_MISSING, NULL},
	    {"empty", "inet:", POSTFIX_MISSING, NULL},
	};
	static const struct entries_case any_cases[] = {
	    {"IPv4", "inet:127.0.0.1:10040", POSTFIX_RIGHT, NULL},
	    {"IPv6", "inet:[2001:db8::1]:10040", POSTFIX_RIGHT, NULL},
	};
	struct postfix_entries wanted = milter_at(listen, true);

	(void)state;
	check_cases(cases, sizeof(cases) / sizeof(*cases), &wanted);
	wanted.listen = any;
	check_cases(any_cases, 2, &wanted);
}

static void
finds_a_policy_service(void **state)
{
	static const char *const listen[] = {"unix:" QUEUE "/postward/policyd"};
	static const char right[] = "check_policy_service unix:RIGHT";
	static const struct entries_case cases[] = {
	    {"a word",
		"permit_mynetworks check_policy_service "
		"unix:postward/policyd",
		POSTFIX_RIGHT, NULL},
	    {"in braces",
		"check_policy_service { unix:postward/policyd, timeout=20s }",
		POSTFIX_RIGHT, NULL},
	    {"its place alone", "unix:postward/policyd", POSTFIX_MISSING, NULL},
	    {"the keyword alone", "check_policy_service", POSTFIX_MISSING,
		NULL},
	    {"astray, with its keyword",
		"permit_mynetworks, check_policy_service unix:" QUEUE
		"/postward/policyd, reject_unauth_destination",
		POSTFIX_ASTRAY,
		"permit_mynetworks, check_policy_service unix:RIGHT, "
		"reject_unauth_destination"},
	    {"another's", "check_policy_service inet:127.0.0.1:10023, permit",
		POSTFIX_MISSING, NULL},
	};
	const struct postfix_entries wanted = {
	    .listen = listen,
	    .n_listen = 1,
	    .program = "policyd",
	    .queue = QUEUE,
	    .chrooted = true,
	    .keyword = "check_policy_service",
	    .right = right,
	};

	(void)state;
	check_cases(cases, sizeof(cases) / sizeof(*cases), &wanted);
}

static void
finds_a_table(void **state)
{
	static const char *const listen[] = {
	    "unix:" QUEUE "/postward/forwarder", "inet:127.0.0.1:10030"};
	static const struct entries_case cases[] = {
	    {"the same", "socketmap:unix:postward/forwarder:forward",
		POSTFIX_RIGHT, NULL},
	    {"behind proxymap",
		"hash:/etc/aliases, "
		"proxy:socketmap:unix:postward/forwarder:forward",
		POSTFIX_RIGHT, NULL},
	    {"at the other place", "socketmap:inet:127.0.0.1:10030:forward",
		POSTFIX_RIGHT, NULL},
	    {"another table", "socketmap:unix:postward/forwarder:srs-reverse",
		POSTFIX_MISSING, NULL},
	    {"none that there is", "socketmap:unix:postward/forwarder:forwards",
		POSTFIX_ASTRAY, "socketmap:RIGHT"},
	    {"without a table", "socketmap:unix:postward/forwarder",
		POSTFIX_ASTRAY, "socketmap:RIGHT"},
	    {"from outside",
		"socketmap:unix:" QUEUE "/postward/forwarder:forward",
		POSTFIX_ASTRAY, "socketmap:RIGHT"},
	};
	const struct postfix_entries wanted = {
	    .listen = listen,
	    .n_listen = 2,
	    .program = "forwarder",
	    .queue = QUEUE,
	    .chrooted = true,
	    .map = "forward",
	    .maps = maps,
	    .right = "socketmap:RIGHT",
	};

	(void)state;
	check_cases(cases, sizeof(cases) / sizeof(*cases), &wanted);
}

static void
puts_our_milter_first(void **state)
{
	static const struct {
		const char *value, *want; /* NULL: nothing to be done */
		bool leads;
	} cases[] = {
	    {"unix:postward/milter", NULL, true},
	    {"{ unix:postward/milter, x=y }, inet:127.0.0.1:1", NULL, true},
	    {"unix:/elsewhere/postward/milter, inet:127.0.0.1:1", NULL, false},
	    {"inet:127.0.0.1:1", NULL, false},
	    {"", NULL, false},
	    {"inet:127.0.0.1:1 unix:postward/milter",
		"unix:postward/milter, inet:127.0.0.1:1", false},
	    {"inet:127.0.0.1:1,{ unix:postward/milter, x=y } unix:z",
		"{ unix:postward/milter, x=y }, inet:127.0.0.1:1, unix:z",
		false},
	};
	static const char *const listen[] = {"unix:" QUEUE "/postward/milter"};
	const struct postfix_entries wanted = milter_at(listen, true);
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CHECK_STR(postfix_entries_first(a, cases[i].value, &wanted),
		    cases[i].want, cases[i].value);
		CHECK(postfix_entries_lead(a, cases[i].value, &wanted) ==
			  cases[i].leads,
		    cases[i].value);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_a_socket_in_the_queue),
	    cmocka_unit_test(knows_what_a_chroot_changes),
	    cmocka_unit_test(finds_a_port),
	    cmocka_unit_test(finds_a_policy_service),
	    cmocka_unit_test(finds_a_table),
	    cmocka_unit_test(puts_our_milter_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
