/* SPDX-License-Identifier: MIT */
#include "policy/dns_list.h"

#include "check.h"

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
	static const struct list_code codes = {
	    .first = 0x7f000002, .last = 0x7f00000b};
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

/* Reads n entries of codes, ended by NULL. */
static struct dns_list
list_with(struct arena *a, const char *zone, const char *const *entries)
{
	struct list_code *codes = arena_take_array(a, 9, sizeof(*codes));
	struct dns_list list = {.zone = zone,
	    .codes = codes,
	    .settings = {.action = ACTION_REJECT, .points = 5}};

	for (; entries[list.n_codes] != NULL; list.n_codes++)
		CHECK_STR(list_code_read(a, entries[list.n_codes],
			      &codes[list.n_codes]),
		    NULL, entries[list.n_codes]);
	return list;
}

static size_t
read_answers(const char *const *texts, struct dns_record *out)
{
	size_t n = 0;

	for (; texts[n] != NULL; n++)
		assert_true(ip_parse(texts[n], &out[n].ip));
	return n;
}

static const char *const surbl[] = {"127.*.*.&8: reject (phishing)",
    "127.*.*.&16: 4 (malware)", "127.*.*.&64: 3", NULL};
static const char *const zen[] = {
    "127.0.0.2-127.0.0.3", "127.0.0.4", "127.0.0.10: 2", NULL};
static const char *const dnswl[] = {"127.0.[2..20].0: -1",
    "127.0.[2..20].[1;2]: -2", "127.0.[2..20].3: pass", NULL};
static const char *const mixed[] = {
    "127.0.0.1: -3", "127.0.0.2", "127.0.0.3: pass", NULL};

static void
several_codes_add_up(void **state)
{
	static const struct {
		const char *name;
		const char *const *entries;
		const char *answers[4];
		const char *hits; /* "reject phishing, 4 malware" */
		bool white;
	} cases[] = {
	    {"one bit", surbl, {"127.0.0.64"}, "3", false},
	    {"two bits", surbl, {"127.0.0.80"}, "4 malware, 3", false},
	    {"all bits", surbl, {"127.0.0.216"},
		"reject phishing, 4 malware, 3", false},
	    {"no bit we mind", surbl, {"127.0.0.128"}, NULL, false},
	    {"a bit in each of two", surbl, {"127.0.0.8", "127.0.0.64"},
		"reject phishing, 3", false},
	    {"entries without effect are one", zen, {"127.0.0.2", "127.0.0.4"},
		"reject", false},
	    {"beside one with", zen, {"127.0.0.4", "127.0.0.10"}, "reject, 2",
		false},
	    {"an answer that nobody knows", zen, {"127.0.0.99"}, NULL, false},
	    {"trust 0", dnswl, {"127.0.5.0"}, "-1", true},
	    {"trust 3", dnswl, {"127.0.10.3"}, "pass", true},
	    {"no category", dnswl, {"127.0.0.3"}, NULL, false},
	    {"black and white", mixed, {"127.0.0.1", "127.0.0.2"}, "-3, reject",
		false},
	    {"white", mixed, {"127.0.0.3"}, "pass", true},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dns_list list =
		    list_with(a, "bl.test", cases[i].entries);
		struct dns_record answers[4] = {0};
		size_t n = read_answers(cases[i].answers, answers);
		struct dns_list_hit hits[9];
		const char *got = NULL;

		for (size_t k = 0, m = dns_list_hits(&list, answers, n, hits);
		     k < m; k++) {
			const char *words = hits[k].code->words;

			got = arena_printf(a, "%s%s%s%s%s",
			    got == NULL ? "" : got, got == NULL ? "" : ", ",
			    hits[k].settings.action == ACTION_SCORE
				? arena_printf(a, "%d", hits[k].settings.points)
				: action_name(hits[k].settings.action),
			    words == NULL ? "" : " ",
			    words == NULL ? "" : words);
		}
		CHECK_STR(got, cases[i].hits, cases[i].name);
		CHECK(dns_list_is_white(&list, answers, n) == cases[i].white,
		    cases[i].name);
	}
	arena_free(a);
}

static void
refusals_are_no_entries(void **state)
{
	static const char *const all[] = {"127.*.*.*", NULL};
	static const char *const one[] = {"127.0.0.1", NULL};
	static const char *const last[] = {"127.0.0.255: -2", NULL};
	static const char *const declared[] = {
	    "127.0.0.2", "127.0.0.[1;255]: refused", NULL};
	static const struct {
		const char *zone;
		const char *const *entries;
		const char *answer;
		enum list_fault want;
	} cases[] = {
	    {"multi.uribl.com", all, "127.0.0.1", LIST_BLOCKED},
	    {"multi.surbl.org", surbl, "127.0.0.1", LIST_BLOCKED},
	    {"multi.surbl.org", one, "127.0.0.1", LIST_WELL},
	    {"list.dnswl.org", all, "127.0.0.255", LIST_TOO_MANY},
	    {"list.dnswl.org", dnswl, "127.0.0.255", LIST_TOO_MANY},
	    {"list.dnswl.org", last, "127.0.0.255", LIST_WELL},
	    {"list.dnswl.org", dnswl, "127.0.2.3", LIST_WELL},
	    {"bl.test", all, "127.0.0.255", LIST_WELL},
	    {"bl.test", declared, "127.0.0.255", LIST_REFUSES},
	    {"bl.test", declared, "127.0.0.1", LIST_REFUSES},
	    {"bl.test", declared, "127.0.0.2", LIST_WELL},
	    {"bl.test", all, "127.255.255.254", LIST_PUBLIC_RESOLVER},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dns_list list =
		    list_with(a, cases[i].zone, cases[i].entries);
		struct ip ip;

		ip_parse(cases[i].answer, &ip);
		if (dns_list_fault_of(&list, &ip) != cases[i].want)
			fail_msg("%s: %s", cases[i].zone, cases[i].answer);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(several_codes_add_up),
	    cmocka_unit_test(refusals_are_no_entries),
	    cmocka_unit_test(only_configured_codes_are_listings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
