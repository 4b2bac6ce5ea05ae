/* SPDX-License-Identifier: MIT */
#include "auth/results.h"

#include "base/str.h"
#include "check.h"
#include "mail/authres.h"

static void
tells_each_signature(void **state)
{
	static const struct {
		struct dkim_result r;
		const char *part;
	} cases[] = {
	    {{.verdict = DKIM_PASS,
		 .domain = "example.org",
		 .selector = "s1",
		 .algorithm = "rsa-sha256",
		 .signature = "abcdefgh"},
		"dkim=pass header.d=example.org header.s=s1 "
		"header.a=rsa-sha256\n\theader.b=abcdefgh"},
	    /* what is no token is quoted */
	    {{.verdict = DKIM_FAIL,
		 .problem = "the body was \"changed\"",
		 .domain = "example.org",
		 .selector = "a.b_c",
		 .signature = "ab/d+f="},
		"dkim=fail reason=\"the body was \\\"changed\\\"\" "
		"header.d=example.org\n\theader.s=a.b_c header.b=\"ab/d+f=\""},
	    {{.verdict = DKIM_TEMPERROR, .domain = "x"},
		"dkim=temperror header.d=x"},
	    {{.verdict = DKIM_PERMERROR, .selector = ""},
		"dkim=permerror header.s=\"\""},
	    {{.verdict = DKIM_POLICY, .algorithm = "rsa-sha256;x=y"},
		"dkim=policy header.a=\"rsa-sha256;x=y\""},
	    {{.verdict = DKIM_NEUTRAL,
		 .selector = "b\xc3\xbc"
			     "cher",
		 .algorithm = "\xc3\xbc\r\nX: y"},
		"dkim=neutral header.s=xn--bcher-kva "
		"header.a=\"\\\\x{FC}\\\\x0d\\\\x0aX: y\""},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *out[RESULTS_DKIM_MAX];

		assert_int_equal(results_dkim(a, &cases[i].r, 1, out), 1);
		assert_string_equal(out[0], cases[i].part);
	}
	arena_free(a);
}

static void
tells_the_reverse_name(void **state)
{
	static const struct {
		const char *client;
		struct iprev_result r;
		const char *part;
	} cases[] = {
	    {"192.0.2.1", {.verdict = IPREV_PASS, .name = "mx.example.org"},
		"iprev=pass policy.iprev=192.0.2.1 (mx.example.org)"},
	    {"2001:db8::1", {.verdict = IPREV_PERMERROR},
		"iprev=permerror policy.iprev=\"2001:db8::1\""},
	    {"192.0.2.1",
		{.verdict = IPREV_TEMPERROR, .problem = "no answer in time"},
		"iprev=temperror reason=\"no answer in time\" "
		"policy.iprev=192.0.2.1"},
	    /* what would end the comment */
	    {"192.0.2.1", {.verdict = IPREV_FAIL, .name = "a)b.example.org"},
		"iprev=fail policy.iprev=192.0.2.1"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ip client;

		ip_parse(cases[i].client, &client);
		assert_string_equal(results_iprev(a, &client, &cases[i].r),
		    cases[i].part);
	}
	arena_free(a);
}

static void
tells_all_that_pass_and_some_others(void **state)
{
	struct dkim_result r[DKIM_RESULTS_MAX] = {0};
	const char *out[RESULTS_DKIM_MAX];
	struct arena *a = arena_new();
	size_t n, passed = 0;

	(void)state;
	n = results_dkim(a, r, 0, out);
	assert_int_equal(n, 1);
	assert_string_equal(out[0], "dkim=none");
	for (size_t i = 0; i < DKIM_RESULTS_MAX; i++)
		r[i].verdict = i % 15 == 14 ? DKIM_PASS : DKIM_POLICY;
	n = results_dkim(a, r, DKIM_RESULTS_MAX, out);
	assert_int_equal(n, 16);
	for (size_t i = 0; i < n; i++)
		passed += strcmp(out[i], "dkim=pass") == 0;
	assert_int_equal(passed, 6);
	assert_string_equal(out[10], "dkim=pass");
	for (size_t i = 0; i < DKIM_RESULTS_MAX; i++)
		r[i].verdict = i % 2 == 0 ? DKIM_PASS : DKIM_FAIL;
	assert_int_equal(results_dkim(a, r, DKIM_RESULTS_MAX, out),
	    RESULTS_DKIM_MAX);
	arena_free(a);
}

static void
tells_dmarc(void **state)
{
	static const struct {
		struct dmarc_result r;
		const char *part;
	} cases[] = {
	    {{.verdict = DMARC_FAIL,
		 .from_domain = "www.example.org",
		 .policy_domain = "example.org",
		 .published = DMARC_POLICY_REJECT,
		 .policy = DMARC_POLICY_QUARANTINE},
		"dmarc=fail policy.dmarc=quarantine "
		"header.from=www.example.org"},
	    {{.verdict = DMARC_PASS,
		 .from_domain = "example.org",
		 .policy_domain = "example.org",
		 .policy = DMARC_POLICY_NONE},
		"dmarc=pass policy.dmarc=none header.from=example.org"},
	    {{.verdict = DMARC_NONE,
		 .from_domain = "example.org",
		 .problem = "no DMARC record"},
		"dmarc=none header.from=example.org"},
	    {{.verdict = DMARC_NONE, .problem = "2 From fields"},
		"dmarc=none reason=\"2 From fields\""},
	    {{.verdict = DMARC_TEMPERROR,
		 .from_domain = "example.org",
		 .problem = "_dmarc.example.org: SERVFAIL"},
		"dmarc=temperror reason=\"_dmarc.example.org: SERVFAIL\"\n"
		"\theader.from=example.org"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(results_dmarc(a, &cases[i].r),
		    cases[i].part);
	arena_free(a);
}

static void
tells_arc(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(results_arc(a, "pass", NULL, NULL), "arc=pass");
	assert_string_equal(results_arc(a, "pass", NULL, "lists.example.org"),
	    "arc=pass (trusted: lists.example.org)");
	assert_string_equal(results_arc(a, "fail", "set 2 is missing", NULL),
	    "arc=fail reason=\"set 2 is missing\"");
	arena_free(a);
}

/* The longest texts that there may be. */
static void
fits_into_lines(void **state)
{
	char text[1000];
	struct dkim_result r = {.problem = text,
	    .domain = text,
	    .selector = text,
	    .algorithm = text,
	    .signature = text};
	const char *out[RESULTS_DKIM_MAX], *field;
	struct arena *a = arena_new();

	(void)state;
	memset(text, '"', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	results_dkim(a, &r, 1, out);
	field = authres_compose(a, "mx.example.org", out, 1);
	for (size_t len; *field != '\0'; field += len + (field[len] == '\n')) {
		len = strcspn(field, "\n");
		assert_true(len < 998);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_each_signature),
	    cmocka_unit_test(tells_the_reverse_name),
	    cmocka_unit_test(tells_all_that_pass_and_some_others),
	    cmocka_unit_test(tells_dmarc),
	    cmocka_unit_test(tells_arc),
	    cmocka_unit_test(fits_into_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
