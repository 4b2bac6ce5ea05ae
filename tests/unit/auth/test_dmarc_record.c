/* SPDX-License-Identifier: MIT */
#include "auth/dmarc_record.h"

#include "check.h"

#include <stdio.h>

#define BYTES(literal) literal, sizeof(literal) - 1

static void
knows_records_by_their_version(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool is;
	} cases[] = {
	    {BYTES("v=DMARC1"), true},
	    {BYTES("v=DMARC1;"), true},
	    {BYTES("v=DMARC1; p=reject"), true},
	    {BYTES("v=DMARC1;p=reject"), true},
	    {BYTES("v = DMARC1 ; p=reject"), true},
	    {BYTES(" \tv=\tDMARC1\t;\tp=reject"), true},
	    {BYTES("v=dmarc1; p=reject"), false},
	    {BYTES("v=DMARC1x; p=reject"), false},
	    {BYTES("v=DMARC2; p=reject"), false},
	    {BYTES("v=DMARC; p=reject"), false},
	    {BYTES("v=DMARC1 p=reject"), false},
	    {BYTES("v=DMARC1, p=reject"), false},
	    {BYTES("v=DMARC1\0; p=reject"), false},
	    {BYTES("v=DMARC1\\; p=reject"), false},
	    {BYTES("\"v=DMARC1; p=reject\""), false},
	    {BYTES("v=\"DMARC1\"; p=reject"), false},
	    {BYTES("V=DMARC1; p=reject"), false},
	    {BYTES("p=reject; v=DMARC1"), false},
	    {BYTES("; v=DMARC1; p=reject"), false},
	    {BYTES("DMARC1; p=reject"), false},
	    {BYTES("v=spf1 -all"), false},
	    {BYTES("v="), false},
	    {BYTES("v"), false},
	    {BYTES(""), false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dmarc_record record;

		CHECK(dmarc_record_read(cases[i].text, cases[i].len, &record) ==
			  cases[i].is,
		    cases[i].text);
	}
}

static void
check_policies(const char *tags, const char *p, const char *sp, const char *np)
{
	char text[200];
	struct dmarc_record record;

	snprintf(text, sizeof(text), "v=DMARC1;%s", tags);
	CHECK(dmarc_record_read(text, strlen(text), &record), tags);
	CHECK(record.usable == (p != NULL), tags);
	if (p == NULL)
		return;
	CHECK_STR(dmarc_policy_name(record.p), p, tags);
	CHECK_STR(dmarc_policy_name(record.sp), sp, tags);
	CHECK_STR(dmarc_policy_name(record.np), np, tags);
}

static void
reads_policies(void **state)
{
	/* p NULL: nothing of it can be applied */
	static const struct {
		const char *tags, *p, *sp, *np;
	} cases[] = {
	    {"p=none", "none", NULL, NULL},
	    {"p=quarantine", "quarantine", NULL, NULL},
	    {" p = Reject ", "reject", NULL, NULL},
	    {"p=reject; sp=none; np=quarantine", "reject", "none",
		"quarantine"},
	    {"np=none; x=y; sp=reject;; p=quarantine;", "quarantine", "reject",
		"none"},
	    {"rua=mailto:a@example.com; adkim=s; p=reject", "reject", NULL,
		NULL},
	    /* the first of two */
	    {"p=none; p=reject", "none", NULL, NULL},
	    {"p=deny; p=reject", NULL, NULL, NULL},
	    /* names have their case, values none */
	    {"P=reject", NULL, NULL, NULL},
	    {"p=reject; SP=none; sp=NONE", "reject", "none", NULL},
	    /* what is wrong elsewhere is passed over */
	    {"p=reject; junk; =x; n=gr\xc3\xbc\xc3\x9f"
	     "e; adkim",
		"reject", NULL, NULL},
	    {"p=reject; pct=0; rf=afrf; ri=1", "reject", NULL, NULL},
	    {"p=reject; rua=", "reject", NULL, NULL},
	    /* 4.10.1: no p that is one */
	    {"", NULL, NULL, NULL},
	    {"p=", NULL, NULL, NULL},
	    {"p=deny", NULL, NULL, NULL},
	    {"p=re ject", NULL, NULL, NULL},
	    {"p=rejects", NULL, NULL, NULL},
	    {"sp=reject", NULL, NULL, NULL},
	    {"p=reject; sp=deny", NULL, NULL, NULL},
	    {"p=reject; np=", NULL, NULL, NULL},
	    {"p=reject; sp=none; np=x", NULL, NULL, NULL},
	    {"rua=mailto:a@example.com", "none", NULL, NULL},
	    {"p=deny; rua=mailto:a@example.com", "none", NULL, NULL},
	    {"p=reject; sp=x; np=reject; rua=mailto:a@example.com", "none",
		NULL, NULL},
	    {"rua=https://x.example/a?b=%20", "none", NULL, NULL},
	    {"rua=mailto:a@example.com!10m", "none", NULL, NULL},
	    {"rua=nonsense , mailto:a@example.com", "none", NULL, NULL},
	    {"rua=a@example.com", NULL, NULL, NULL},
	    {"rua=mailto:", NULL, NULL, NULL},
	    {"rua=:a@example.com", NULL, NULL, NULL},
	    {"rua=1x:a", NULL, NULL, NULL},
	    {"rua=mailto:a b@example.com", NULL, NULL, NULL},
	    {"rua=mailto:a%2@example.com", NULL, NULL, NULL},
	    {"rua=mailto:a%", NULL, NULL, NULL},
	    {"rua=mailto:\xc3\xa4@example.com", NULL, NULL, NULL},
	    {"rua=,,", NULL, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check_policies(cases[i].tags, cases[i].p, cases[i].sp,
		    cases[i].np);
}

static void
reads_flags(void **state)
{
	static const struct {
		const char *tags;
		enum dmarc_psd psd;
		bool dkim_strict, spf_strict, testing;
	} cases[] = {
	    {"", DMARC_PSD_UNSAID, false, false, false},
	    {"psd=y", DMARC_PSD_YES, false, false, false},
	    {"psd=N", DMARC_PSD_NO, false, false, false},
	    {"psd=u", DMARC_PSD_UNSAID, false, false, false},
	    {"psd=yes", DMARC_PSD_UNSAID, false, false, false},
	    {"adkim=s", DMARC_PSD_UNSAID, true, false, false},
	    {"aspf=S", DMARC_PSD_UNSAID, false, true, false},
	    {"adkim=r; aspf=x", DMARC_PSD_UNSAID, false, false, false},
	    {"t=y", DMARC_PSD_UNSAID, false, false, true},
	    {"t=n; t=y", DMARC_PSD_UNSAID, false, false, false},
	    {"t=", DMARC_PSD_UNSAID, false, false, false},
	    /* also in a record whose policy cannot be applied */
	    {"p=x; psd=y; adkim=s", DMARC_PSD_YES, true, false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dmarc_record record;
		char text[200];

		snprintf(text, sizeof(text), "v=DMARC1; %s", cases[i].tags);
		assert_true(dmarc_record_read(text, strlen(text), &record));
		CHECK(record.psd == cases[i].psd, text);
		CHECK(record.dkim_strict == cases[i].dkim_strict, text);
		CHECK(record.spf_strict == cases[i].spf_strict, text);
		CHECK(record.testing == cases[i].testing, text);
	}
}

static void
reads_percentages(void **state)
{
	static const struct {
		const char *tags;
		unsigned percent;
	} cases[] = {
	    {"p=reject", 100},
	    {"p=reject; pct=0", 0},
	    {"p=reject; pct=007", 7},
	    {"pct=50; p=reject; pct=0", 50},
	    {"p=reject; pct=100", 100},
	    {"p=reject; pct=101", 100},
	    {"p=reject; pct=999999999999", 100},
	    {"p=reject; pct=-1", 100},
	    {"p=reject; pct=5%", 100},
	    {"p=reject; pct=", 100},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dmarc_record record;
		char text[200];

		snprintf(text, sizeof(text), "v=DMARC1; %s", cases[i].tags);
		assert_true(dmarc_record_read(text, strlen(text), &record));
		CHECK(record.percent == cases[i].percent, text);
	}
}

static void
lowers_policies_by_one_step(void **state)
{
	(void)state;
	assert_int_equal(dmarc_policy_lowered(DMARC_POLICY_REJECT),
	    DMARC_POLICY_QUARANTINE);
	assert_int_equal(dmarc_policy_lowered(DMARC_POLICY_QUARANTINE),
	    DMARC_POLICY_NONE);
	assert_int_equal(dmarc_policy_lowered(DMARC_POLICY_NONE),
	    DMARC_POLICY_NONE);
	assert_int_equal(dmarc_policy_lowered(DMARC_POLICY_UNSAID),
	    DMARC_POLICY_UNSAID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_records_by_their_version),
	    cmocka_unit_test(reads_policies),
	    cmocka_unit_test(reads_flags),
	    cmocka_unit_test(reads_percentages),
	    cmocka_unit_test(lowers_policies_by_one_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
