/* SPDX-License-Identifier: MIT */
#include "auth/private/spf_record.h"

#include "check.h"

#include <stdio.h>

/* The bytes of a literal, NULs in it included. */
#define BYTES(literal) literal, sizeof(literal) - 1

static void
knows_records_by_their_version(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool is;
	} cases[] = {
	    {BYTES("v=spf1"), true},
	    {BYTES("v=spf1 -all"), true},
	    {BYTES("V=SPF1 -all"), true},
	    {BYTES("v=spf10"), false},
	    {BYTES("v=spf1-all"), false},
	    {BYTES("v=spf1\t-all"), false},
	    {BYTES("v=spf1\0-all"), false},
	    {BYTES(" v=spf1"), false},
	    {BYTES("v=spf"), false},
	    {BYTES("spf2.0/pra -all"), false},
	    {BYTES(""), false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK(spf_record_is(cases[i].text, cases[i].len) == cases[i].is,
		    cases[i].text);
}

static void
accepts_what_the_grammar_allows(void **state)
{
	static const char *const records[] = {
	    "v=spf1",
	    "v=spf1 ",
	    "v=spf1   a    -all  ",
	    "v=spf1 ALL",
	    "v=spf1 +a ?mx ~ptr -all",
	    "v=spf1 a/0 a/32 a//0 a//128 a/0//0 a/24//64",
	    "v=spf1 a:example.org/24//64 mx:example.org//64",
	    "v=spf1 a:example.org. a:%{d}/24 mx:%{d}//64",
	    "v=spf1 a:foo:bar/baz.example.org a:foo.1a",
	    "v=spf1 a:example.xn--zckzah a:example.1-2",
	    "v=spf1 a:%%.%_.%-.example.org a:%{d}%% a:%_ a:%-",
	    "v=spf1 a:_spf.example.org a:!\"#$&'()*.org",
	    "v=spf1 ptr ptr:example.org",
	    "v=spf1 ip4:192.0.2.1 ip4:0.0.0.0/0 ip4:192.0.2.1/32",
	    "v=spf1 ip6::: ip6:::/0 ip6:::1/128 ip6:2001:db8::192.0.2.1/96",
	    "v=spf1 IP6:2001:DB8:0:0:0:0:0:1",
	    "v=spf1 exists:%{ir}.%{v}.%{l1r-}._spf.%{d2}",
	    "v=spf1 exists:%{L}%{S127R.-+,/_=}.%{h128}",
	    "v=spf1 include:example.org redirect=example.org",
	    "v=spf1 exp=example.org all redirect=%{d}",
	    "v=spf1 EXP=example.org REDIRECT=example.org",
	    "v=spf1 a_b-c.9= unknown=%{d}%{S1r.} unknown=again unknown=",
	    "v=spf1 moo=a:b/c=d",
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(records); i++) {
		struct spf_record record;
		struct err err = {0};

		if (spf_record_read(a, records[i], strlen(records[i]), &record,
			&err) != RC_OK)
			fail_msg("%s: %s", records[i], err.text);
	}
	arena_free(a);
}

static void
refuses_everything_else(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} terms[] = {
	    /* names and qualifiers, RFC 7208 4.6.1 */
	    {BYTES("moo")},
	    {BYTES("-")},
	    {BYTES("--all")},
	    {BYTES("!all")},
	    {BYTES("+-all")},
	    {BYTES("prt")},
	    {BYTES("192.0.2.1")},
	    {BYTES("all\t")},
	    {BYTES("a\r")},
	    {BYTES("a\0")},
	    {BYTES("\0")},
	    {BYTES("a\x80")},
	    {BYTES("\xef\xbb\xbfmx")},
	    {BYTES("a,")},
	    {BYTES("=all")},
	    {BYTES("1up=foo")},
	    {BYTES("moo/x=y")},
	    {BYTES("+exp=example.org")},
	    {BYTES("redirect:example.org")},
	    /* 5.1 */
	    {BYTES("all.")},
	    {BYTES("all:")},
	    {BYTES("all:example.org")},
	    {BYTES("all/8")},
	    /* 5.2, 5.7: with a domain, without a mask */
	    {BYTES("include")},
	    {BYTES("include:")},
	    {BYTES("include/24")},
	    {BYTES("include:example.org/24")},
	    {BYTES("exists")},
	    {BYTES("exists:")},
	    {BYTES("exists:example.org/24")},
	    {BYTES("exists:example.org//24")},
	    /* 5.3, 5.4 */
	    {BYTES("a:")},
	    {BYTES("a/")},
	    {BYTES("a//")},
	    {BYTES("a:/24")},
	    {BYTES("a/33")},
	    {BYTES("a/024")},
	    {BYTES("a/00")},
	    {BYTES("a/-1")},
	    {BYTES("a/2x")},
	    {BYTES("a//129")},
	    {BYTES("a//064")},
	    {BYTES("a/24/64")},
	    {BYTES("a/24//")},
	    {BYTES("a//64/24")},
	    {BYTES("a///64")},
	    {BYTES("a/99999999999999999999")},
	    {BYTES("mx/33")},
	    {BYTES("mx:example.org//129")},
	    {BYTES("ptr/0")},
	    {BYTES("ptr:")},
	    {BYTES("ptr:example.org/24")},
	    /* 5.6 */
	    {BYTES("ip4")},
	    {BYTES("ip4:")},
	    {BYTES("ip4/24")},
	    {BYTES("ip4:1.2.3")},
	    {BYTES("ip4:1.2.3.4.5")},
	    {BYTES("ip4:1.2.3.256")},
	    {BYTES("ip4:1.2.03.4")},
	    {BYTES("ip4:1.2.3.4/")},
	    {BYTES("ip4:1.2.3.4/33")},
	    {BYTES("ip4:1.2.3.4/032")},
	    {BYTES("ip4:1.2.3.4//32")},
	    {BYTES("ip4:1.2.3.4:8080")},
	    {BYTES("ip4:::1")},
	    {BYTES("ip4:1.2.3.4\0")},
	    {BYTES("ip6")},
	    {BYTES("ip6::1:2")},
	    {BYTES("ip6::CAFE::BABE")},
	    {BYTES("ip6:192.0.2.1")},
	    {BYTES("ip6:1:2:3:4:5:6:7")},
	    {BYTES("ip6:12345::")},
	    {BYTES("ip6:fe80::1%eth0")},
	    {BYTES("ip6:::1/129")},
	    {BYTES("ip6:::1//64")},
	    {BYTES("ip6:0000:0000:0000:0000:0000:ffff:255.255.255.2550")},
	    /* 6: once each */
	    {BYTES("exp=")},
	    {BYTES("redirect=")},
	    {BYTES("exp=a.org exp=b.org")},
	    {BYTES("redirect=a.org all Redirect=b.org")},
	    {BYTES("exp=-all")},
	    {BYTES("redirect=-all")},
	    {BYTES("unknown=%")},
	    {BYTES("unknown=%x")},
	    {BYTES("unknown=%{c}")},
	    {BYTES("unknown=a\x01z")},
	    /* 7.1: the end of a domain-spec */
	    {BYTES("a:museum")},
	    {BYTES("a:museum.")},
	    {BYTES("a:.")},
	    {BYTES("a:example..")},
	    {BYTES("a:example.org:8080")},
	    {BYTES("a:example.123")},
	    {BYTES("a:111.222.33.44")},
	    {BYTES("a:example.-org")},
	    {BYTES("a:example.org-")},
	    {BYTES("a:%{d}org")},
	    {BYTES("a:%{d}.123")},
	    {BYTES("a:%{c}.org")},
	    {BYTES("exists:%{t}.org")},
	    {BYTES("include:%{r}")},
	    {BYTES("exp=%{r}.org")},
	    {BYTES("exists:%{x}.org")},
	    {BYTES("exists:%(ir).org")},
	    {BYTES("exists:%{d0}.org")},
	    {BYTES("exists:%{d")},
	    {BYTES("exists:%{")},
	    {BYTES("exists:%{}.org")},
	    {BYTES("exists:%{d!}.org")},
	    {BYTES("exists:%{dr2}.org")},
	    {BYTES("exists:%{d}.org%")},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(terms); i++) {
		char text[200] = "v=spf1 a ";
		size_t len = strlen(text);
		struct spf_record record;
		struct err err = {0};

		memcpy(text + len, terms[i].text, terms[i].len);
		memcpy(text + len + terms[i].len, " -all", 5);
		CHECK(spf_record_read(a, text, len + terms[i].len + 5, &record,
			  &err) == RC_PERM,
		    terms[i].text);
		CHECK(err.text[0] != '\0', terms[i].text);
	}
	arena_free(a);
}

static void
says_which_term_is_wrong_and_why(void **state)
{
	static const char text[] = "v=spf1 mx ip4:192.0.2.1/33\n -all";
	struct arena *a = arena_new();
	struct spf_record record;
	struct err err;

	(void)state;
	assert_int_equal(spf_record_read(a, BYTES(text), &record, &err),
	    RC_PERM);
	assert_string_equal(err.text,
	    "ip4:192.0.2.1/33\\x0a: the address is wrong");
	arena_free(a);
}

static void
reads_terms(void **state)
{
	static const char text[] =
	    "v=spf1 -A/24//64 ~mx:a.example ptr ?ip4:192.0.2.9/24 "
	    "ip6:2001:db8::/32 exists:%{i}.b.example include:c.example. "
	    "exp=d.%{d} redirect=e.example moo=1";
	static const struct spf_term terms[] = {
	    {.kind = SPF_A,
		.qualifier = '-',
		.text = "-A/24//64",
		.bits4 = 24,
		.bits6 = 64},
	    {.kind = SPF_MX,
		.qualifier = '~',
		.text = "~mx:a.example",
		.spec = "a.example",
		.bits4 = 32,
		.bits6 = 128},
	    {.kind = SPF_PTR, .qualifier = '+', .text = "ptr"},
	    {.kind = SPF_IP4, .qualifier = '?', .text = "?ip4:192.0.2.9/24"},
	    {.kind = SPF_IP6, .qualifier = '+', .text = "ip6:2001:db8::/32"},
	    {.kind = SPF_EXISTS,
		.qualifier = '+',
		.text = "exists:%{i}.b.example",
		.spec = "%{i}.b.example"},
	    {.kind = SPF_INCLUDE,
		.qualifier = '+',
		.text = "include:c.example.",
		.spec = "c.example."},
	};
	struct arena *a = arena_new();
	struct spf_record r;

	(void)state;
	assert_int_equal(spf_record_read(a, BYTES(text), &r, NULL), RC_OK);
	assert_int_equal(r.n, COUNT(terms));
	for (size_t i = 0; i < r.n; i++) {
		const struct spf_term *got = &r.terms[i], *want = &terms[i];

		CHECK_STR(got->text, want->text, want->text);
		CHECK(got->kind == want->kind, want->text);
		CHECK(got->qualifier == want->qualifier, want->text);
		CHECK_STR(got->spec, want->spec, want->text);
		if (want->bits6 > 0)
			CHECK(got->bits4 == want->bits4 &&
				  got->bits6 == want->bits6,
			    want->text);
	}
	assert_int_equal(r.terms[3].net.bits, 24);
	assert_int_equal(r.terms[3].net.ip.version, 4);
	assert_int_equal(r.terms[4].net.bits, 32);
	assert_int_equal(r.terms[4].net.ip.version, 6);
	assert_string_equal(r.explanation, "d.%{d}");
	assert_string_equal(r.redirect->spec, "e.example");
	arena_free(a);
}

static void
forgets_redirect_where_there_is_an_all(void **state)
{
	static const char text[] = "v=spf1 redirect=e.example a ?all";
	struct arena *a = arena_new();
	struct spf_record r;

	(void)state;
	assert_int_equal(spf_record_read(a, BYTES(text), &r, NULL), RC_OK);
	assert_null(r.redirect);
	arena_free(a);
}

/* Only an IPv6 client matches it: RFC 7208 5. */
static void
keeps_mapped_networks_ipv6(void **state)
{
	static const char text[] = "v=spf1 ip6:::ffff:192.0.2.1";
	struct arena *a = arena_new();
	struct spf_record r;

	(void)state;
	assert_int_equal(spf_record_read(a, BYTES(text), &r, NULL), RC_OK);
	assert_int_equal(r.terms[0].net.ip.version, 6);
	arena_free(a);
}

static void
reads_records_of_any_length(void **state)
{
	static const char *const parts[] = {" a", " ", " all", " a.=", " !"};
	struct arena *a = arena_new();
	char *text = arena_take(a, 65536);

	(void)state;
	for (size_t i = 0; i < COUNT(parts); i++) {
		size_t len = sprintf(text, "v=spf1") > 0 ? 6 : 0, n = 0;
		struct spf_record r;
		struct err err;

		for (; len + 4 < 65536; n++)
			len += (size_t)sprintf(text + len, "%s", parts[i]);
		CHECK((spf_record_read(a, text, len, &r, &err) == RC_OK) ==
			  (parts[i][1] != '!'),
		    parts[i]);
		CHECK(r.n == (i == 0 || i == 2 ? n : i == 4 ? 1 : 0), parts[i]);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_records_by_their_version),
	    cmocka_unit_test(accepts_what_the_grammar_allows),
	    cmocka_unit_test(refuses_everything_else),
	    cmocka_unit_test(says_which_term_is_wrong_and_why),
	    cmocka_unit_test(reads_terms),
	    cmocka_unit_test(forgets_redirect_where_there_is_an_all),
	    cmocka_unit_test(keeps_mapped_networks_ipv6),
	    cmocka_unit_test(reads_records_of_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
