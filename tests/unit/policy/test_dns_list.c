/* SPDX-License-Identifier: MIT */
#include "policy/dns_list.h"

#include "check.h"

static void
reads_codes(void **state)
{
	static const struct {
		const char *text;
		bool right;
		uint32_t first, last;
	} cases[] = {
	    {"127.0.0.2", true, 0x7f000002, 0x7f000002},
	    {"127.0.0.2-127.0.0.11", true, 0x7f000002, 0x7f00000b},
	    {"127.0.0.11-127.0.0.2", false, 0, 0},
	    {"126.0.0.2", false, 0, 0},
	    {"127.0.0.2-128.0.0.2", false, 0, 0},
	    {"127.0.0", false, 0, 0},
	    {"::1", false, 0, 0},
	    {"127.0.0.2-", false, 0, 0},
	    {"-127.0.0.2", false, 0, 0},
	    {"", false, 0, 0},
	    {"127.0.0.2 ", false, 0, 0},
	    {"127.000000000000000.0.2", false, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dns_list_codes got;

		CHECK(dns_list_codes_read(cases[i].text, &got) ==
			  cases[i].right,
		    cases[i].text);
		if (!cases[i].right)
			continue;
		CHECK(got.first == cases[i].first, cases[i].text);
		CHECK(got.last == cases[i].last, cases[i].text);
	}
}

static void
only_configured_codes_are_listings(void **state)
{
	static const struct {
		const char *name, *answers[3];
		enum rc rc;
		enum dns_list_answer want;
		const char *code;
	} cases[] = {
	    {"first code", {"127.0.0.2"}, RC_OK, DNS_LIST_LISTED, "127.0.0.2"},
	    {"last code", {"127.0.0.11"}, RC_OK, DNS_LIST_LISTED, "127.0.0.11"},
	    {"second answer", {"127.0.0.99", "127.0.0.3"}, RC_OK,
		DNS_LIST_LISTED, "127.0.0.3"},
	    {"not configured", {"127.0.0.12"}, RC_OK, DNS_LIST_NOT_LISTED,
		NULL},
	    {"127.0.0.1 is none", {"127.0.0.1"}, RC_OK, DNS_LIST_NOT_LISTED,
		NULL},
	    {"public resolver", {"127.255.255.254"}, RC_OK, DNS_LIST_NONSENSE,
		"127.255.255.254"},
	    {"typing error", {"127.255.255.252"}, RC_OK, DNS_LIST_NONSENSE,
		"127.255.255.252"},
	    {"parked domain", {"91.195.240.117"}, RC_OK, DNS_LIST_NONSENSE,
		"91.195.240.117"},
	    {"zero", {"0.0.0.0"}, RC_OK, DNS_LIST_NONSENSE, "0.0.0.0"},
	    {"nonsense beside a listing", {"127.0.0.2", "127.255.255.255"},
		RC_OK, DNS_LIST_NONSENSE, "127.255.255.255"},
	    {"no such name", {NULL}, RC_NONE, DNS_LIST_NOT_LISTED, NULL},
	    {"no answer", {NULL}, RC_TEMP, DNS_LIST_NO_ANSWER, NULL},
	    {"cannot be asked", {NULL}, RC_PERM, DNS_LIST_NOT_LISTED, NULL},
	};
	static const struct dns_list_codes codes = {0x7f000002, 0x7f00000b};
	const struct dns_list list = {
	    .zone = "bl.test", .codes = &codes, .n_codes = 1};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dns_record records[3] = {0};
		struct dns_query q = {.rc = cases[i].rc, .records = records};
		const struct ip *code;

		for (; q.n < 3 && cases[i].answers[q.n] != NULL; q.n++)
			ip_parse(cases[i].answers[q.n], &records[q.n].ip);
		CHECK(dns_list_read(&list, &q, &code) == cases[i].want,
		    cases[i].name);
		CHECK_STR(code == NULL ? NULL : ip_text(a, code), cases[i].code,
		    cases[i].name);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_codes),
	    cmocka_unit_test(only_configured_codes_are_listings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
