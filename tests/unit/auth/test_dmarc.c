/* SPDX-License-Identifier: MIT */
#include "dmarc_zone.h"

#include "base/str.h"

/* Names of several parts, each a domain and what its record says. */
static const char zone[] =
    "example.com A 192.0.2.1\n"
    "_dmarc.example.com TXT \"v=DMARC1; p=reject; sp=none; np=quarantine\"\n"
    "ex.example.com MX 10 mx.example.com\n"
    "below.ent.example.com A 192.0.2.1\n"
    "alias.example.com CNAME nowhere.example.com\n"
    "_dmarc.junk.example.com TXT \"v=spf1 -all\"\n"
    "slow.example.com TIMEOUT\n"
    "_dmarc.own.example.com TXT \"v=DMARC1; p=quarantine; sp=reject\"\n"
    "_dmarc.apart.example.com TXT \"v=DMARC1; p=none; psd=n\"\n"
    "_dmarc.test.example.net TXT \"v=DMARC1; p=reject; t=y\"\n"
    "_dmarc.example.net TXT \"v=DMARC1; p=quarantine; t=y; sp=none\"\n"
    "_dmarc.part.example TXT \"v=DMARC1; p=reject; pct=30\"\n"
    "_dmarc.strict.example TXT \"v=DMARC1; p=reject; adkim=s; aspf=s\"\n"
    "_dmarc.dkim.example TXT \"v=DMARC1; p=reject; adkim=s\"\n"
    "_dmarc.spf.example TXT \"v=DMARC1; p=reject; aspf=s\"\n"
    "_dmarc.bad.example TXT \"v=DMARC1; p=deny\"\n"
    "_dmarc.sub.badsub.example TXT \"v=DMARC1; p=deny\"\n"
    "_dmarc.badsub.example TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.two.example TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.two.example TXT \"v=DMARC1; p=none\"\n"
    "_dmarc.x.two.example TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.x.two.example TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.junk.example TXT \"v=spf1 -all\"\n"
    "_dmarc.junk.example TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.bank.test TXT \"v=DMARC1; p=reject; sp=quarantine; psd=y\"\n"
    "_dmarc.giant.bank.test TXT \"v=DMARC1; p=none\"\n"
    "_dmarc.up.mid.bank.test TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.mail.alone.test TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.top TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.fails.example SERVFAIL\n"
    "_dmarc.own.half.example TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.half.example SERVFAIL\n"
    "_dmarc.apart.half.example TXT \"v=DMARC1; p=none; psd=n\"\n"
    "_dmarc.psd.fails.example TXT \"v=DMARC1; p=reject; psd=y\"\n"
    "_dmarc.slow.psd.fails.example TIMEOUT\n"
    "_dmarc.slow.whole.example TIMEOUT\n"
    "_dmarc.whole.example TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.5.6.7.8.deep TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.3.4.5.6.7.8.deep TXT \"v=DMARC1; p=none; psd=y\"\n";

static void
finds_the_policy(void **state)
{
	static const struct dmarc_case cases[] = {
	    {"own record", "example.com", NULL, NULL, DMARC_FAIL, "example.com",
		"example.com", "p", "reject", "n",
		"_dmarc.example.com _dmarc.com"},
	    {"of the organization, exists", "ex.example.com", NULL, NULL,
		DMARC_FAIL, "example.com", "example.com", "sp", "none", "n",
		"_dmarc.ex.example.com _dmarc.example.com _dmarc.com"},
	    {"exists by what is below it", "ent.example.com", NULL, NULL,
		DMARC_FAIL, "example.com", "example.com", "sp", "none", "n",
		NULL},
	    {"exists as an alias of nothing", "alias.example.com", NULL, NULL,
		DMARC_FAIL, "example.com", "example.com", "sp", "none", "n",
		NULL},
	    {"exists by a name below its record", "junk.example.com", NULL,
		NULL, DMARC_FAIL, "example.com", "example.com", "sp", "none",
		"n", NULL},
	    {"does not exist", "no.example.com", NULL, NULL, DMARC_FAIL,
		"example.com", "example.com", "np", "quarantine", "n", NULL},
	    {"nor what is above it", "a.b.no.example.com", NULL, NULL,
		DMARC_FAIL, "example.com", "example.com", "np", "quarantine",
		"n", NULL},
	    {"nobody knows", "slow.example.com", NULL, NULL, DMARC_TEMPERROR,
		"example.com", "example.com", "sp", "none", "n", NULL},
	    {"nobody needs to know", "slow.example.com",
		"slow.example.com=pass", NULL, DMARC_PASS, "example.com",
		"example.com", "sp", "none", "y", NULL},
	    {"sp of the own record means nothing", "own.example.com", NULL,
		NULL, DMARC_FAIL, "example.com", "own.example.com", "p",
		"quarantine", "n", NULL},
	    {"nothing in between", "x.own.example.com", NULL, NULL, DMARC_FAIL,
		"example.com", "example.com", "np", "quarantine", "n", NULL},
	    {"t=y", "test.example.net", NULL, NULL, DMARC_FAIL, "example.net",
		"test.example.net", "p", "reject>quarantine", "n", NULL},
	    {"t=y twice", "example.net", NULL, NULL, DMARC_FAIL, "example.net",
		"example.net", "p", "quarantine>none", "n", NULL},
	    {"t=y of none", "x.example.net", NULL, NULL, DMARC_FAIL,
		"example.net", "example.net", "sp", "none", "n", NULL},
	    {"of the public suffix", "x.bank.test", NULL, NULL, DMARC_FAIL,
		"x.bank.test", "bank.test", "sp", "quarantine", "n",
		"_dmarc.x.bank.test _dmarc.bank.test"},
	    {"not where the organization has one", "x.giant.bank.test", NULL,
		NULL, DMARC_FAIL, "giant.bank.test", "giant.bank.test", "p",
		"none", "n", NULL},
	    {"of the public suffix, past one in between", "x.up.mid.bank.test",
		NULL, NULL, DMARC_FAIL, "mid.bank.test", "bank.test", "sp",
		"quarantine", "n", NULL},
	    {"the public suffix itself", "bank.test", NULL, NULL, DMARC_FAIL,
		"bank.test", "bank.test", "p", "reject", "n",
		"_dmarc.bank.test"},
	    {"no record", "x.nobody.test", NULL, "x.nobody.test=pass",
		DMARC_NONE, "x.nobody.test", NULL, NULL, NULL, "nn",
		"_dmarc.x.nobody.test _dmarc.nobody.test _dmarc.test"},
	    {"no policy in it", "bad.example", NULL, "bad.example=pass",
		DMARC_NONE, "bad.example", "bad.example", NULL, NULL, "nn",
		NULL},
	    {"nor in that above", "sub.badsub.example", NULL, NULL, DMARC_NONE,
		"badsub.example", "sub.badsub.example", NULL, NULL, "n", NULL},
	    {"two records are none", "two.example", NULL, NULL, DMARC_NONE,
		"two.example", NULL, NULL, NULL, "n",
		"_dmarc.two.example _dmarc.example"},
	    {"on each level", "x.two.example", NULL, NULL, DMARC_NONE,
		"x.two.example", NULL, NULL, NULL, "n",
		"_dmarc.x.two.example _dmarc.two.example _dmarc.example"},
	    {"what is no record does not count", "junk.example", NULL, NULL,
		DMARC_FAIL, "junk.example", "junk.example", "p", "reject", "n",
		NULL},
	    {"one label", "top", "top=pass", NULL, DMARC_PASS, "top", "top",
		"p", "reject", "y", "_dmarc.top"},
	};

	(void)state;
	dmarc_zone_run(zone, cases, COUNT(cases));
}

static void
aligns(void **state)
{
	static const struct dmarc_case cases[] = {
	    {"equal", "example.com", "Example.COM.=pass", "example.com=fail",
		DMARC_PASS, "example.com", "example.com", "p", "reject", "yn",
		NULL},
	    {"below", "example.com", NULL, "a.b.example.com=pass", DMARC_PASS,
		"example.com", "example.com", "p", "reject", "ny", NULL},
	    {"above", "own.example.com", NULL, "example.com=pass", DMARC_PASS,
		"example.com", "own.example.com", "p", "quarantine", "ny",
		NULL},
	    {"beside", "own.example.com", "x.example.com=pass", NULL,
		DMARC_PASS, "example.com", "own.example.com", "p", "quarantine",
		"y", NULL},
	    {"one of three", "example.com", "other.test=pass",
		"a.test=pass example.com=fail m.example.com=pass", DMARC_PASS,
		"example.com", "example.com", "p", "reject", "nnny", NULL},
	    {"U-labels", "xn--bcher-kva.junk.example", NULL,
		"b\xc3\xbc"
		"cher.junk.example=pass",
		DMARC_PASS, "junk.example", "junk.example", "p", "reject", "ny",
		NULL},
	    {"another organization", "example.com", "example.net=pass",
		"badexample.com=pass com=pass", DMARC_FAIL, "example.com",
		"example.com", "p", "reject", "nnn", NULL},
	    {"what is no domain", "example.com", "[192.0.2.1]=pass",
		"=pass ..=pass example.com\\=pass", DMARC_FAIL, "example.com",
		"example.com", "p", "reject", "nnnn", NULL},
	    {"an organization below", "example.com", "apart.example.com=pass",
		"x.apart.example.com=pass", DMARC_FAIL, "example.com",
		"example.com", "p", "reject", "nn", NULL},
	    {"the same from below", "apart.example.com", "example.com=pass",
		"x.apart.example.com=pass", DMARC_PASS, "apart.example.com",
		"apart.example.com", "p", "none", "ny",
		"_dmarc.apart.example.com"},
	    {"siblings below a public suffix", "x.bank.test",
		"y.bank.test=pass", "bank.test=pass", DMARC_FAIL, "x.bank.test",
		"bank.test", "sp", "quarantine", "nn", NULL},
	    {"a public suffix and one below it", "bank.test",
		"giant.bank.test=pass", NULL, DMARC_FAIL, "bank.test",
		"bank.test", "p", "reject", "n", NULL},
	    {"no record above, no organization above", "mail.alone.test",
		"alone.test=pass", "x.mail.alone.test=pass", DMARC_PASS,
		"mail.alone.test", "mail.alone.test", "p", "reject", "ny",
		NULL},
	    {"a top-level domain is one", "a.top", "b.top=pass", "top=pass",
		DMARC_PASS, "top", "top", "p", "reject", "yy", NULL},
	    {"strict", "strict.example", "x.strict.example=pass",
		"x.strict.example=pass", DMARC_FAIL, "strict.example",
		"strict.example", "p", "reject", "nn", NULL},
	    {"strict and equal", "strict.example", "strict.example=pass",
		"strict.example=pass", DMARC_PASS, "strict.example",
		"strict.example", "p", "reject", "yy", NULL},
	    {"strict above", "x.strict.example", "strict.example=pass",
		"x.strict.example=pass", DMARC_PASS, "strict.example",
		"strict.example", "p", "reject", "ny", NULL},
	    {"strict for DKIM", "dkim.example", "x.dkim.example=pass",
		"x.dkim.example=pass", DMARC_PASS, "dkim.example",
		"dkim.example", "p", "reject", "yn", NULL},
	    {"strict for SPF", "spf.example", "x.spf.example=pass",
		"x.spf.example=pass", DMARC_PASS, "spf.example", "spf.example",
		"p", "reject", "ny", NULL},
	    {"the body is not covered", "example.com", NULL,
		"example.com=partial x.example.com=partial", DMARC_FAIL,
		"example.com", "example.com", "p", "reject", "nnn", NULL},
	};

	(void)state;
	dmarc_zone_run(zone, cases, COUNT(cases));
}

static void
tells_errors_from_failures(void **state)
{
	static const struct dmarc_case cases[] = {
	    {"own record", "fails.example", "fails.example=pass", NULL,
		DMARC_TEMPERROR, NULL, NULL, NULL, NULL, NULL,
		"_dmarc.fails.example"},
	    {"record above", "x.fails.example", NULL, NULL, DMARC_TEMPERROR,
		NULL, NULL, NULL, NULL, "n",
		"_dmarc.x.fails.example _dmarc.fails.example"},
	    {"nothing passes whatever is above", "own.half.example", NULL,
		"own.half.example=fail", DMARC_FAIL, NULL, "own.half.example",
		"p", "reject", "nn",
		"_dmarc.own.half.example _dmarc.half.example"},
	    {"passes whatever is above", "own.half.example",
		"own.half.example=pass", NULL, DMARC_PASS, NULL,
		"own.half.example", "p", "reject", "y", NULL},
	    {"might be the organization", "own.half.example",
		"half.example=pass", NULL, DMARC_TEMPERROR, NULL,
		"own.half.example", "p", "reject", "n", NULL},
	    {"is another organization whatever is above", "own.half.example",
		"apart.half.example=pass", NULL, DMARC_FAIL, NULL,
		"own.half.example", "p", "reject", "n", NULL},
	    {"below a public suffix whatever is asked", "psd.fails.example",
		NULL, "slow.psd.fails.example=pass", DMARC_FAIL,
		"psd.fails.example", "psd.fails.example", "p", "reject", "nn",
		NULL},
	    {"cannot be above what is known", "own.half.example",
		"other.example=pass", NULL, DMARC_FAIL, NULL,
		"own.half.example", "p", "reject", "n", NULL},
	    {"walk of an identifier", "whole.example", NULL,
		"slow.whole.example=pass", DMARC_TEMPERROR, "whole.example",
		"whole.example", "p", "reject", "nn", NULL},
	    {"another one passes", "whole.example", "x.whole.example=pass",
		"slow.whole.example=pass", DMARC_PASS, "whole.example",
		"whole.example", "p", "reject", "yn", NULL},
	    {"it did not pass", "whole.example", NULL,
		"slow.whole.example=fail", DMARC_FAIL, "whole.example",
		"whole.example", "p", "reject", "nn", NULL},
	    {"SPF would have aligned", "example.com", "example.com=temperror",
		NULL, DMARC_TEMPERROR, "example.com", "example.com", "p",
		"reject", "n", NULL},
	    {"DKIM would have aligned", "example.com", NULL,
		"x.example.com=temperror", DMARC_TEMPERROR, "example.com",
		"example.com", "p", "reject", "nn", NULL},
	    {"would not have aligned", "example.com", "x.test=temperror",
		"apart.example.com=temperror", DMARC_FAIL, "example.com",
		"example.com", "p", "reject", "nn", NULL},
	    {"another one does", "example.com", "example.com=temperror",
		"x.example.com=pass", DMARC_PASS, "example.com", "example.com",
		"p", "reject", "ny", NULL},
	};

	(void)state;
	dmarc_zone_run(zone, cases, COUNT(cases));
}

static void
walks_long_names(void **state)
{
	static const struct dmarc_case cases[] = {
	    {"7 labels", "a.b.c.d.e.nobody.test", NULL, NULL, DMARC_NONE,
		"a.b.c.d.e.nobody.test", NULL, NULL, NULL, "n",
		"_dmarc.a.b.c.d.e.nobody.test _dmarc.b.c.d.e.nobody.test "
		"_dmarc.c.d.e.nobody.test _dmarc.d.e.nobody.test "
		"_dmarc.e.nobody.test _dmarc.nobody.test _dmarc.test"},
	    {"8 labels", "1.2.3.4.e.f.nobody.test", NULL, NULL, DMARC_NONE,
		"1.2.3.4.e.f.nobody.test", NULL, NULL, NULL, "n",
		"_dmarc.1.2.3.4.e.f.nobody.test _dmarc.2.3.4.e.f.nobody.test "
		"_dmarc.3.4.e.f.nobody.test _dmarc.4.e.f.nobody.test "
		"_dmarc.e.f.nobody.test _dmarc.f.nobody.test "
		"_dmarc.nobody.test _dmarc.test"},
	    {"9 labels", "1.2.3.4.5.e.f.nobody.test", NULL, NULL, DMARC_NONE,
		"1.2.3.4.5.e.f.nobody.test", NULL, NULL, NULL, "n",
		"_dmarc.1.2.3.4.5.e.f.nobody.test _dmarc.3.4.5.e.f.nobody.test "
		"_dmarc.4.5.e.f.nobody.test _dmarc.5.e.f.nobody.test "
		"_dmarc.e.f.nobody.test _dmarc.f.nobody.test "
		"_dmarc.nobody.test _dmarc.test"},
	    /* one label below the public suffix of 7 labels is not asked */
	    {"organization on a level left out", "x.1.2.3.4.5.6.7.8.deep",
		"y.2.3.4.5.6.7.8.deep=pass", "2.3.4.5.6.7.8.deep=pass",
		DMARC_PASS, "2.3.4.5.6.7.8.deep", "3.4.5.6.7.8.deep", "p",
		"none", "yy",
		"_dmarc.x.1.2.3.4.5.6.7.8.deep _dmarc.3.4.5.6.7.8.deep"},
	};

	(void)state;
	dmarc_zone_run(zone, cases, COUNT(cases));
}

/* "_dmarc." in front makes it too long to be asked. */
static void
passes_over_names_too_long_to_be_asked(void **state)
{
	struct dmarc_zone z = dmarc_zone_open(zone);
	struct from_field from = {0};
	struct dmarc_request request = {.from = &from};
	struct dmarc_result r;
	struct str name;
	size_t asked[2];

	(void)state;
	str_init(&name, z.arena);
	while (name.len < 230)
		str_add(&name, "123456789.");
	str_add(&name, "x123456.example.com");
	from.domain = name.text;
	r = dmarc_zone_evaluate(&z, &request, asked);
	assert_int_equal(r.verdict, DMARC_FAIL);
	assert_string_equal(r.from_tag, "np");
	assert_int_equal(r.n_walk, 7);
	assert_int_equal(asked[0], 8);
	dmarc_zone_close(&z);
}

static void
asks_once_what_is_likely(void **state)
{
	static const struct {
		const char *name, *author, *spf, *dkim;
		size_t first, second;
	} cases[] = {
	    {"the author", "example.com", NULL, NULL, 3, 0},
	    {"equal", "example.com", "example.com=pass", "example.com=pass", 3,
		0},
	    {"failed", "example.com", "a.example.com=fail", NULL, 3, 0},
	    {"below", "example.com", NULL, "b.a.example.com=pass", 5, 0},
	    {"above", "b.a.example.com", NULL, "example.com=pass", 5, 0},
	    {"shared steps", "example.com", "c.a.example.com=pass",
		"b.a.example.com=pass a.example.com=pass", 6, 0},
	    {"another domain", "example.com", "a.example.org=pass",
		"example.net=pass", 3, 0},
	    {"the last label", "example.com", "other.com=pass", NULL, 3, 0},
	    {"the last label is an organization", "a.top", "b.top=pass", NULL,
		3, 1},
	    {"strict", "strict.example", NULL, "x.strict.example=pass", 4, 0},
	    {"partial", "example.com", NULL, "x.example.com=partial", 3, 0},
	    {"ten walks", "example.com", NULL,
		"0.example.com=pass 1.example.com=pass 2.example.com=pass "
		"3.example.com=pass 4.example.com=pass 5.example.com=pass "
		"6.example.com=pass 7.example.com=pass 8.example.com=pass "
		"9.example.com=pass a.example.com=pass",
		12, 2},
	    {"40 questions", "example.com", NULL,
		"1.2.3.4.5.6.7.a.example.com=pass "
		"1.2.3.4.5.6.7.b.example.com=pass "
		"1.2.3.4.5.6.7.c.example.com=pass "
		"1.2.3.4.5.6.7.d.example.com=pass "
		"1.2.3.4.5.6.7.e.example.com=pass "
		"1.2.3.4.5.6.7.f.example.com=pass "
		"1.2.3.4.5.6.7.g.example.com=pass ",
		39, 0},
	    {"40 questions, and no more", "a.exa.example.com",
		"a.b.c.d.e.f.h.exa.example.com=pass",
		"a.b.c.d.e.f.j.exa.example.com=pass "
		"a.b.c.d.e.f.k.exa.example.com=pass "
		"a.b.c.d.e.f.l.exa.example.com=pass "
		"a.b.c.d.e.f.m.exa.example.com=pass "
		"a.b.c.d.e.f.n.exa.example.com=pass "
		"a.b.c.o.exa.example.com=pass q.exa.example.com=pass "
		"r.exa.example.com=pass",
		40, 0},
	};
	struct dmarc_zone z = dmarc_zone_open(zone);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct from_field from = {.domain = cases[i].author};
		struct dmarc_identifier dkim[DMARC_ZONE_SIGNATURES];
		struct dmarc_request request = {
		    .from = &from,
		    .spf = dmarc_zone_identifier(z.arena, cases[i].spf),
		    .dkim = dkim,
		    .n_dkim =
			dmarc_zone_signatures(z.arena, cases[i].dkim, dkim),
		};
		size_t asked[2];

		dmarc_zone_evaluate(&z, &request, asked);
		if (asked[0] != cases[i].first || asked[1] != cases[i].second)
			fail_msg("%s: %zu and %zu questions", cases[i].name,
			    asked[0], asked[1]);
	}
	dmarc_zone_close(&z);
}

static void
takes_what_is_pending_for_an_error(void **state)
{
	struct dmarc_zone z = dmarc_zone_open(zone);
	struct from_field from = {.domain = "example.com"};
	struct dmarc_identifier dkim = {
	    "x.example.com", DMARC_AUTH_PENDING, false};
	struct dmarc_request request = {
	    .from = &from, .dkim = &dkim, .n_dkim = 1};
	struct dmarc_result r;
	size_t asked[2];

	(void)state;
	r = dmarc_zone_evaluate(&z, &request, asked);
	assert_int_equal(asked[0], 4);
	assert_int_equal(r.verdict, DMARC_TEMPERROR);
	/* Nothing was asked, or not all of it. */
	dkim.auth = DMARC_AUTH_PASSED;
	request.n_known = 3;
	dmarc_evaluate(z.arena, &request, &r);
	assert_int_equal(r.verdict, DMARC_TEMPERROR);
	request.n_known = 0;
	dmarc_evaluate(z.arena, &request, &r);
	assert_int_equal(r.verdict, DMARC_TEMPERROR);
	assert_string_equal(r.problem, "questions were not asked");
	dmarc_zone_close(&z);
}

static void
is_about_one_author(void **state)
{
	struct from_field from = {
	    .kind = FROM_FIELD_FIELDS, .problem = "2 From fields"};
	struct dmarc_identifier dkim = {
	    "example.com", DMARC_AUTH_PASSED, false};
	struct dmarc_request request = {
	    .from = &from, .dkim = &dkim, .n_dkim = 1};
	struct dns_query queries[DMARC_QUERIES_MAX];
	struct arena *a = arena_new();
	struct dmarc_result r;

	(void)state;
	assert_int_equal(dmarc_queries(a, &request, queries), 0);
	assert_int_equal(dmarc_more(a, &request, queries), 0);
	dmarc_evaluate(a, &request, &r);
	assert_int_equal(r.verdict, DMARC_NONE);
	assert_string_equal(r.problem, "2 From fields");
	assert_null(r.from_domain);
	assert_null(r.org);
	assert_false(r.dkim_aligned[0]);
	assert_int_equal(r.n_walk, 0);
	arena_free(a);
}

static void
takes_spf_of_the_sender(void **state)
{
	static const struct {
		enum spf_verdict verdict;
		enum dmarc_auth auth;
	} cases[] = {
	    {SPF_PASS, DMARC_AUTH_PASSED},
	    {SPF_FAIL, DMARC_AUTH_FAILED},
	    {SPF_SOFTFAIL, DMARC_AUTH_FAILED},
	    {SPF_NEUTRAL, DMARC_AUTH_FAILED},
	    {SPF_NONE, DMARC_AUTH_FAILED},
	    {SPF_PERMERROR, DMARC_AUTH_FAILED},
	    {SPF_TEMPERROR, DMARC_AUTH_TEMPERROR},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct spf_result r = {
		    .verdict = cases[i].verdict, .domain = "example.com"};
		struct dmarc_identifier it = dmarc_identifier_of_spf(&r);

		assert_int_equal(it.auth, cases[i].auth);
		assert_string_equal(it.domain, "example.com");
		assert_false(it.partial);
	}
}

static void
knows_what_rfc_7489_makes_of_it(void **state)
{
	static const struct {
		const char *from;
		enum dmarc_policy policy, older;
	} cases[] = {
	    {"junk.example", DMARC_POLICY_REJECT, DMARC_POLICY_UNSAID},
	    {"ex.example.com", DMARC_POLICY_NONE, DMARC_POLICY_UNSAID},
	    /* np */
	    {"no.example.com", DMARC_POLICY_QUARANTINE, DMARC_POLICY_NONE},
	    /* t */
	    {"test.example.net", DMARC_POLICY_QUARANTINE, DMARC_POLICY_REJECT},
	    {"example.net", DMARC_POLICY_NONE, DMARC_POLICY_QUARANTINE},
	    /* pct */
	    {"part.example", DMARC_POLICY_REJECT, DMARC_POLICY_QUARANTINE},
	    /* no policy, no record */
	    {"bad.example", DMARC_POLICY_UNSAID, DMARC_POLICY_UNSAID},
	    {"nobody.test", DMARC_POLICY_UNSAID, DMARC_POLICY_UNSAID},
	};
	struct dmarc_zone z = dmarc_zone_open(zone);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct from_field from = {.domain = cases[i].from};
		struct dmarc_request request = {.from = &from};
		size_t asked[2];
		struct dmarc_result r =
		    dmarc_zone_evaluate(&z, &request, asked);

		CHECK(r.policy == cases[i].policy, cases[i].from);
		CHECK(r.older == cases[i].older, cases[i].from);
	}
	dmarc_zone_close(&z);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_the_policy),
	    cmocka_unit_test(knows_what_rfc_7489_makes_of_it),
	    cmocka_unit_test(aligns),
	    cmocka_unit_test(tells_errors_from_failures),
	    cmocka_unit_test(walks_long_names),
	    cmocka_unit_test(passes_over_names_too_long_to_be_asked),
	    cmocka_unit_test(asks_once_what_is_likely),
	    cmocka_unit_test(takes_what_is_pending_for_an_error),
	    cmocka_unit_test(is_about_one_author),
	    cmocka_unit_test(takes_spf_of_the_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
