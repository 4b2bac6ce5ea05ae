/* SPDX-License-Identifier: MIT */
#include "policy/list_code.h"

#include "check.h"

static bool
fits(const struct list_code *code, const char *address)
{
	struct ip ip;

	assert_true(ip_parse(address, &ip));
	return list_code_has(code, &ip);
}

static void
patterns_fit_what_they_say(void **state)
{
	static const struct {
		const char *text;
		const char *fits[4], *others[4];
	} cases[] = {
	    {"127.0.0.2", {"127.0.0.2"}, {"127.0.0.1", "127.0.0.3"}},
	    {"127.0.0.2-127.0.0.11", {"127.0.0.2", "127.0.0.11"},
		{"127.0.0.1", "127.0.0.12"}},
	    {"127.0.0.2-127.0.1.254", {"127.0.0.255", "127.0.1.0"},
		{"127.0.1.255"}},
	    {"127.0.0.[2..11]", {"127.0.0.2", "127.0.0.11"},
		{"127.0.0.1", "127.0.0.12", "127.0.1.2"}},
	    {"127.0.0.[2;4;6..8]", {"127.0.0.2", "127.0.0.4", "127.0.0.7"},
		{"127.0.0.3", "127.0.0.5", "127.0.0.9"}},
	    {"127.0.[2..20].3", {"127.0.2.3", "127.0.20.3"},
		{"127.0.1.3", "127.0.2.2", "127.0.0.255"}},
	    {"127.*.*.*", {"127.255.255.254", "127.0.0.0"}, {"126.0.0.2"}},
	    {"127.0.0.&64", {"127.0.0.64", "127.0.0.72", "127.0.0.255"},
		{"127.0.0.63", "127.0.0.128", "127.0.1.64"}},
	    {"127.*.*.&24", {"127.0.0.8", "127.9.9.16", "127.0.0.88"},
		{"127.0.0.64", "127.0.0.7"}},
	    {" 127.0.0.2 : reject", {"127.0.0.2"}, {"127.0.0.3"}},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct list_code got;

		CHECK_STR(list_code_read(a, cases[i].text, &got), NULL,
		    cases[i].text);
		for (size_t k = 0; k < 4 && cases[i].fits[k] != NULL; k++)
			CHECK(fits(&got, cases[i].fits[k]), cases[i].fits[k]);
		for (size_t k = 0; k < 4 && cases[i].others[k] != NULL; k++)
			CHECK(!fits(&got, cases[i].others[k]),
			    cases[i].others[k]);
	}
	arena_free(a);
}

static void
entries_say_what_they_lead_to(void **state)
{
	static const struct check_settings of_list = {
	    .action = ACTION_REJECT, .points = 5, .shadow = true};
	static const struct {
		const char *text;
		bool own, refused, white;
		enum action action;
		int points;
		const char *words;
	} cases[] = {
	    {"127.0.0.2", false, false, false, ACTION_REJECT, 5, NULL},
	    {"127.0.0.2: reject", true, false, false, ACTION_REJECT, 5, NULL},
	    {"127.0.0.2:defer", true, false, false, ACTION_DEFER, 5, NULL},
	    {"127.0.0.2: score", true, false, false, ACTION_SCORE, 5, NULL},
	    {"127.0.0.2: off", true, false, false, ACTION_OFF, 5, NULL},
	    {"127.0.0.2: 0", true, false, false, ACTION_SCORE, 0, NULL},
	    {"127.0.0.2: -3", true, false, true, ACTION_SCORE, -3, NULL},
	    {"127.0.0.2: 1000", true, false, false, ACTION_SCORE, 1000, NULL},
	    {"127.0.0.2: pass", true, false, true, ACTION_PASS, 5, NULL},
	    {"127.0.0.2: refused", true, true, false, ACTION_REJECT, 5, NULL},
	    {"127.0.0.2 (a proxy)", true, false, false, ACTION_REJECT, 5,
		"a proxy"},
	    {"127.0.0.&8: 4 ( phishing )", true, false, false, ACTION_SCORE, 4,
		"phishing"},
	    {"127.0.[2..3].*:reject(x: y)", true, false, false, ACTION_REJECT,
		5, "x: y"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct list_code got;
		struct check_settings s;

		CHECK_STR(list_code_read(a, cases[i].text, &got), NULL,
		    cases[i].text);
		s = list_code_settings(&got, &of_list);
		CHECK(got.own == cases[i].own, cases[i].text);
		CHECK(got.refused == cases[i].refused, cases[i].text);
		CHECK(s.action == cases[i].action, cases[i].text);
		CHECK(s.points == cases[i].points, cases[i].text);
		CHECK(s.shadow, cases[i].text);
		CHECK(list_code_is_white(&s) == cases[i].white, cases[i].text);
		CHECK_STR(got.words, cases[i].words, cases[i].text);
	}
	arena_free(a);
}

static void
what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"", "octets"},
	    {"127.0.0.11-127.0.0.2", "octets"},
	    {"126.0.0.2", "octets"},
	    {"127.0.0.2-128.0.0.2", "octets"},
	    {"127.0.0", "octets"},
	    {"127.0.0.256", "octets"},
	    {"::1", "octets"},
	    {"127.0.0.2-", "octets"},
	    {"-127.0.0.2", "octets"},
	    {"127.0.0.2 127.0.0.3", "octets"},
	    {"127.000000000000000.0.2", "octets"},
	    {"128.0.0.*", "octets"},
	    {"*.0.0.2", "octets"},
	    {"127.0.*", "octets"},
	    {"127.0.0.*.1", "octets"},
	    {"127.0.0.[2..11", "octets"},
	    {"127.0.0.[11..2]", "octets"},
	    {"127.0.0.[2.11]", "octets"},
	    {"127.0.0.[2..256]", "octets"},
	    {"127.0.0.[]", "octets"},
	    {"127.0.0.[2;]", "octets"},
	    {"127.0.0.[2,3]", "octets"},
	    {"127.0.0.[2]3", "octets"},
	    {"127.0.0.&0", "octets"},
	    {"127.0.0.&", "octets"},
	    {"127.0.0.&256", "octets"},
	    {"127.0.0.&1000", "octets"},
	    {"127.0.0.[2]-127.0.0.[3]", "octets"},
	    /* A whole entry of postscreen_dnsbl_sites. */
	    {"zen.example=127.0.0.[2..11]*3", "octets"},
	    {"127.0.0.2:", "points"},
	    {"127.0.0.2: rejct", "points"},
	    {"127.0.0.2: 1001", "points"},
	    {"127.0.0.2: -1001", "points"},
	    {"127.0.0.2: 99999999999999999999", "points"},
	    {"127.0.0.2: 5x", "points"},
	    {"127.0.0.2: 5 5", "points"},
	    {"127.0.0.2 ()", "words"},
	    {"127.0.0.2 (", "words"},
	    {"127.0.0.2 (x) y", "words"},
	    {"127.0.0.2 (x (y))", "words"},
	    {"127.0.0.2 (\xc3\xbc)", "words"},
	    {"127.0.0.2 (a\r\nb)", "words"},
	    {"127.0.0.2 (123456789012345678901234567890123456789012345678901"
	     "2345678901)",
		"words"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct list_code got;
		const char *says = list_code_read(a, cases[i].text, &got);

		CHECK(says != NULL && strstr(says, cases[i].says) != NULL,
		    cases[i].text);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(patterns_fit_what_they_say),
	    cmocka_unit_test(entries_say_what_they_lead_to),
	    cmocka_unit_test(what_is_wrong_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
