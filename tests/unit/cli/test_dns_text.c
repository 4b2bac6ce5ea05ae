/* SPDX-License-Identifier: MIT */
#include "dns_text.h"

#include "check.h"

struct text_case {
	const char *name, *text, *wrong;
};

typedef const char *wrong_fn(struct arena *a, const char *text, size_t len);

static void
check_texts(const struct text_case *cases, size_t n, wrong_fn *wrong)
{
	struct arena *a = arena_new();

	for (size_t i = 0; i < n; i++) {
		const char *got =
		    wrong(a, cases[i].text, strlen(cases[i].text));

		CHECK((got == NULL) == (cases[i].wrong == NULL), cases[i].name);
		if (got != NULL && strstr(got, cases[i].wrong) == NULL)
			fail_msg("%s: \"%s\"", cases[i].name, got);
	}
	arena_free(a);
}

static void
reads_tls_reports(void **state)
{
	static const struct text_case cases[] = {
	    {"mail", "v=TLSRPTv1; rua=mailto:tls@a.example", NULL},
	    {"web", "v=TLSRPTv1;rua=https://a.example/tls", NULL},
	    {"both", "v=TLSRPTv1; rua=mailto:tls@a.example,https://a.example/;",
		NULL},
	    {"no rua", "v=TLSRPTv1;", "rua"},
	    {"no mailbox", "v=TLSRPTv1; rua=tls@a.example", "tls@a.example"},
	    {"no domain", "v=TLSRPTv1; rua=mailto:tls", "mailto:tls"},
	    {"nobody", "v=TLSRPTv1; rua=mailto:@a.example", "mailto:@"},
	    {"empty part", "v=TLSRPTv1; rua=mailto:tls@a.example,", "rua"},
	    {"size limit of DMARC", "v=TLSRPTv1; rua=mailto:tls@a.example!10m",
		"!10m"},
	    {"plain web", "v=TLSRPTv1; rua=http://a.example/", "http://"},
	    {"late version", "rua=mailto:tls@a.example; v=TLSRPTv1", "begin"},
	    {"another version", "v=TLSRPTv2; rua=mailto:tls@a.example",
		"begin"},
	    {"escape", "v=TLSRPTv1; rua=x\033[31m", ""},
	};

	(void)state;
	check_texts(cases, COUNT(cases), dns_text_tls_report_wrong);
}

static void
reads_mta_sts(void **state)
{
	static const struct text_case cases[] = {
	    {"right", "v=STSv1; id=20261128000000;", NULL},
	    {"with more", "v=STSv1; id=a; x=y", NULL},
	    {"no id", "v=STSv1", "id"},
	    {"odd id", "v=STSv1; id=2026-11-28", "id"},
	    {"long id", "v=STSv1; id=123456789012345678901234567890123", "id"},
	    {"another version", "v=STSv2; id=1", "begin"},
	};

	(void)state;
	check_texts(cases, COUNT(cases), dns_text_mta_sts_wrong);
}

static void
knows_texts_by_their_beginning(void **state)
{
	static const struct {
		const char *text;
		bool spf, tls, sts;
	} cases[] = {
	    {"v=spf1", true, false, false},
	    {"V=SPF1 -all", true, false, false},
	    {"v=spf10 -all", false, false, false},
	    {"v=spf1;-all", false, false, false},
	    {"v=TLSRPTv1;", false, true, false},
	    {"v=TLSRPTv1 ; rua=x", false, true, false},
	    {"v=TLSRPTv10", false, false, false},
	    {"v=STSv1", false, false, true},
	    {"v=STSv11", false, false, false},
	    {"", false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *text = cases[i].text;
		size_t len = strlen(text);

		CHECK(dns_text_is_spf(text, len) == cases[i].spf, text);
		CHECK(dns_text_is_tls_report(text, len) == cases[i].tls, text);
		CHECK(dns_text_is_mta_sts(text, len) == cases[i].sts, text);
	}
}

static void
finds_who_gets_reports(void **state)
{
	static const struct {
		const char *text, *receivers[3];
	} cases[] = {
	    {"v=DMARC1; p=none", {NULL}},
	    {"v=DMARC1; p=none; rua=mailto:a@One.example", {"one.example"}},
	    {"v=DMARC1; p=none; rua=mailto:a@one.example!10m, "
	     "MAILTO:b@two.example; ruf=mailto:c@three.example?subject=x@y",
		{"one.example", "two.example", "three.example"}},
	    {"v=DMARC1; p=none; rua=https://one.example/,mailto:a@", {NULL}},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t n;
		const char *const *got = dns_text_dmarc_receivers(a,
		    cases[i].text, strlen(cases[i].text), &n);

		for (size_t k = 0; k < 3; k++)
			CHECK_STR(k < n ? got[k] : NULL, cases[i].receivers[k],
			    cases[i].text);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_tls_reports),
	    cmocka_unit_test(reads_mta_sts),
	    cmocka_unit_test(knows_texts_by_their_beginning),
	    cmocka_unit_test(finds_who_gets_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
