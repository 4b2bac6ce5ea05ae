/* SPDX-License-Identifier: MIT */
/* RFC 7208 sections 2 to 4: identities, records, results, limits. */
#include "auth/spf.h"

#include "spf_zone.h"

/* 2.4 and 4.3 */
static const char identities[] =
    "example.org TXT \"v=spf1 -all exp=who.example.org\"\n"
    "mail.example.org TXT \"v=spf1 ip4:192.0.2.1 -all exp=who.example.org\"\n"
    "who.example.org TXT \"%{s}|%{l}|%{o}|%{d}|%{h}\"\n"
    "xn--bcher-kva.example TXT \"v=spf1 -all exp=who.example.org\"\n"
    "a12345678901234567890123456789012345678901234567890123456789012.example"
    " TXT \"v=spf1 -all\"\n";

static void
takes_the_domain_of_the_sender(void **state)
{
	static const struct spf_case cases[] = {
	    {"as it is", "ann@example.org", "192.0.2.9", SPF_FAIL, "-all",
		"ann@example.org|ann|example.org|example.org|mail.example.org"},
	    {"in any case", "Ann@EXAMPLE.org", "192.0.2.9", SPF_FAIL, "-all",
		"Ann@example.org|Ann|example.org|example.org|mail.example.org"},
	    {"no local part", "@example.org", "192.0.2.9", SPF_FAIL, "-all",
		"postmaster@example.org|postmaster|example.org|example.org|"
		"mail.example.org"},
	    {"no @", "example.org", "192.0.2.9", SPF_FAIL, "-all",
		"postmaster@example.org|postmaster|example.org|example.org|"
		"mail.example.org"},
	    {"the last @", "a@b@example.org", "192.0.2.9", SPF_FAIL, "-all",
		"a@b@example.org|a@b|example.org|example.org|"
		"mail.example.org"},
	    {"a dot at the end", "ann@example.org.", "192.0.2.9", SPF_FAIL,
		"-all", NULL},
	    {"U-label",
		"ann@b\xc3\xbc"
		"cher.example",
		"192.0.2.9", SPF_FAIL, "-all",
		"ann@xn--bcher-kva.example|ann|xn--bcher-kva.example|"
		"xn--bcher-kva.example|mail.example.org"},
	    {"null sender", "", "192.0.2.9", SPF_FAIL, "-all",
		"postmaster@mail.example.org|postmaster|mail.example.org|"
		"mail.example.org|mail.example.org"},
	    {"null sender that passes", "", "192.0.2.1", SPF_PASS,
		"ip4:192.0.2.1", ""},
	    {"label of 63",
		"a@a1234567890123456789012345678901234567890123456789012345678"
		"9012.example",
		"192.0.2.9", SPF_FAIL, "-all", NULL},
	};

	(void)state;
	spf_zone_run(identities, cases, COUNT(cases));
}

static void
has_nothing_to_say_of_what_is_no_domain(void **state)
{
	static const struct spf_case cases[] = {
	    {"single label", "ann@localhost", "192.0.2.1", SPF_NONE, "", ""},
	    {"empty", "ann@", "192.0.2.1", SPF_NONE, "", ""},
	    {"only @", "@", "192.0.2.1", SPF_NONE, "", ""},
	    {"empty label", "ann@a..example.org", "192.0.2.1", SPF_NONE, "",
		""},
	    {"label of 64",
		"a@a12345678901234567890123456789012345678901234567890123456789"
		"0123.example",
		"192.0.2.1", SPF_NONE, "", ""},
	    {"literal", "ann@[192.0.2.1]", "192.0.2.1", SPF_NONE, "", ""},
	    {"address", "ann@192.0.2.1", "192.0.2.1", SPF_NONE, "", ""},
	    {"space", "ann@exa mple.org", "192.0.2.1", SPF_NONE, "", ""},
	    {"backslash", "ann@exa\\mple.org", "192.0.2.1", SPF_NONE, "", ""},
	    {"not UTF-8", "ann@\xff.org", "192.0.2.1", SPF_NONE, "", ""},
	};

	(void)state;
	spf_zone_run(identities, cases, COUNT(cases));
}

static void
checks_helo_on_its_own(void **state)
{
	static const struct {
		const char *helo;
		enum spf_verdict verdict;
	} cases[] = {
	    {"mail.example.org", SPF_PASS},
	    {"MAIL.example.org.", SPF_PASS},
	    {"example.org", SPF_FAIL},
	    {"other.example.org", SPF_NONE},
	    {"b\xc3\xbc"
	     "cher.example",
		SPF_FAIL},
	    {"[192.0.2.1]", SPF_NONE},
	    {"192.0.2.1", SPF_NONE},
	    {"localhost", SPF_NONE},
	    {"", SPF_NONE},
	    {"what ever", SPF_NONE},
	};
	struct spf_zone z = spf_zone_open(identities);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct spf_request request = {
		    .helo = cases[i].helo,
		    .sender = "ann@example.org",
		    .receiver = "mx.example.net",
		    .deadline = clock_ms() + 20000,
		};
		struct spf_result r;

		ip_parse("192.0.2.1", &request.client);
		spf_check_helo(z.spf, z.arena, &request, &r);
		CHECK(r.verdict == cases[i].verdict, cases[i].helo);
		CHECK(r.identity == SPF_HELO, cases[i].helo);
	}
	spf_zone_close(&z);
}

static void
tells_what_will_be_asked_first(void **state)
{
	static const struct {
		const char *helo, *sender, *first, *second;
	} cases[] = {
	    {"mail.example.org", "a@example.org", "mail.example.org",
		"example.org"},
	    {"Example.org", "a@example.org", "example.org", NULL},
	    {"mail.example.org", "", "mail.example.org", NULL},
	    {"[192.0.2.1]", "a@example.org", "example.org", NULL},
	    {"192.0.2.1", "a@example.org", "example.org", NULL},
	    {"localhost", "a@localhost", NULL, NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct spf_request request = {
		    .helo = cases[i].helo, .sender = cases[i].sender};
		struct dns_query q[2] = {{0}, {0}};
		size_t n = spf_queries(a, &request, q);

		CHECK(n == (size_t)((cases[i].first != NULL) +
				    (cases[i].second != NULL)),
		    cases[i].helo);
		CHECK_STR(q[0].name, cases[i].first, cases[i].helo);
		CHECK_STR(q[1].name, cases[i].second, cases[i].helo);
	}
	arena_free(a);
}

static void
takes_answers_that_are_known(void **state)
{
	struct spf_zone z =
	    spf_zone_open("example.org TXT \"v=spf1 a:a.example -all\"\n"
			  "a.example A 192.0.2.1\n");
	struct spf_request request = {
	    .helo = "localhost",
	    .sender = "ann@example.org",
	    .receiver = "mx.example.net",
	    .deadline = clock_ms() + 20000,
	};
	struct dns_query known[2] = {{0}, {0}};
	struct spf_result r;

	(void)state;
	ip_parse("192.0.2.1", &request.client);
	request.n_known = spf_queries(z.arena, &request, known);
	dns_ask(z.dns, z.arena, known, request.n_known, request.deadline);
	request.known = known;
	spf_check(z.spf, z.arena, &request, &r);
	assert_int_equal(r.verdict, SPF_PASS);
	assert_int_equal(r.queries, 1); /* that of a.example */
	spf_zone_close(&z);
}

/* 3 and 4.5 */
static void
selects_the_one_record(void **state)
{
	static const char zone[] =
	    "joined.org TXT \"v=sp\" \"f1 ip4:192.\" \"0.2.1 -all\"\n"
	    "glued.org TXT \"v=spf1\" \"mx\"\n"
	    "others.org TXT \"some text\"\n"
	    "others.org TXT \"\\255\\000\"\n"
	    "others.org TXT \"v=spf10 +all\"\n"
	    "others.org TXT \"spf2.0/pra +all\"\n"
	    "others.org TXT \"v=spf1 -all\"\n"
	    "empty.org TXT \"v=spf1\"\n"
	    "case.org TXT \"V=sPf1 ~all\"\n"
	    "two.org TXT \"v=spf1 -all\"\n"
	    "two.org TXT \"V=SPF1 +all\"\n"
	    "none.org TXT \"hello\"\n"
	    "type99.org SPF \"v=spf1 -all\"\n"
	    "nul.org TXT \"v=spf1 -all\\000\"\n"
	    "nul2.org TXT \"v=spf1\\000 -all\"\n"
	    "alias.org CNAME empty.org\n";
	static const struct spf_case cases[] = {
	    {"strings are joined", "a@joined.org", "192.0.2.1", SPF_PASS,
		"ip4:192.0.2.1", NULL},
	    {"without a space", "a@glued.org", "192.0.2.1", SPF_NONE, "", NULL},
	    {"others do not count", "a@others.org", "192.0.2.1", SPF_FAIL,
		"-all", NULL},
	    {"empty", "a@empty.org", "192.0.2.1", SPF_NEUTRAL, "", NULL},
	    {"version in any case", "a@case.org", "192.0.2.1", SPF_SOFTFAIL,
		"~all", NULL},
	    {"two of them", "a@two.org", "192.0.2.1", SPF_PERMERROR, "", NULL},
	    {"none", "a@none.org", "192.0.2.1", SPF_NONE, "", NULL},
	    {"no TXT", "a@type99.org", "192.0.2.1", SPF_NONE, "", NULL},
	    {"no name", "a@missing.org", "192.0.2.1", SPF_NONE, "", NULL},
	    {"NUL in it", "a@nul.org", "192.0.2.1", SPF_PERMERROR, "", NULL},
	    {"NUL after the version", "a@nul2.org", "192.0.2.1", SPF_NONE, "",
		NULL},
	    {"alias", "a@alias.org", "192.0.2.1", SPF_NEUTRAL, "", NULL},
	};

	(void)state;
	spf_zone_run(zone, cases, COUNT(cases));
}

/* 4.4 and 5: what fails for a while is a temperror, wherever it is. */
static void
gives_temperror_when_dns_fails(void **state)
{
	static const char zone[] =
	    "slow.org TIMEOUT\n"
	    "broken.org SERVFAIL\n"
	    "a.org TXT \"v=spf1 a:slow.org +all\"\n"
	    "mx.org TXT \"v=spf1 mx:broken.org +all\"\n"
	    "host.org TXT \"v=spf1 mx +all\"\n"
	    "host.org MX 1 slow.org\n"
	    "any.org TXT \"v=spf1 mx/0 +all\"\n"
	    "any.org MX 1 slow.org\n"
	    "exists.org TXT \"v=spf1 exists:slow.org +all\"\n"
	    "include.org TXT \"v=spf1 include:slow.org +all\"\n"
	    "inner.org TXT \"v=spf1 include:a.org +all\"\n"
	    "redirect.org TXT \"v=spf1 redirect=slow.org\"\n"
	    "early.org TXT \"v=spf1 ip4:192.0.2.1 a:slow.org\"\n"
	    "ptr.org TXT \"v=spf1 ptr -all\"\n"
	    "2.2.0.192.in-addr.arpa TIMEOUT\n"
	    "3.2.0.192.in-addr.arpa PTR slow.org\n"
	    "3.2.0.192.in-addr.arpa PTR mail.ptr.org\n"
	    "mail.ptr.org A 192.0.2.3\n"
	    "exp.org TXT \"v=spf1 -all exp=slow.org\"\n";
	static const struct spf_case cases[] = {
	    {"record", "a@slow.org", "192.0.2.1", SPF_TEMPERROR, "", NULL},
	    {"SERVFAIL", "a@broken.org", "192.0.2.1", SPF_TEMPERROR, "", NULL},
	    {"a", "a@a.org", "192.0.2.1", SPF_TEMPERROR, "", NULL},
	    {"mx", "a@mx.org", "192.0.2.1", SPF_TEMPERROR, "", NULL},
	    {"host of mx", "a@host.org", "192.0.2.1", SPF_TEMPERROR, "", NULL},
	    {"host of mx/0", "a@any.org", "192.0.2.1", SPF_TEMPERROR, "", NULL},
	    {"exists", "a@exists.org", "192.0.2.1", SPF_TEMPERROR, "", NULL},
	    {"include", "a@include.org", "192.0.2.1", SPF_TEMPERROR, "", NULL},
	    {"in include", "a@inner.org", "192.0.2.1", SPF_TEMPERROR, "", NULL},
	    {"redirect", "a@redirect.org", "192.0.2.1", SPF_TEMPERROR, "",
		NULL},
	    {"decided before", "a@early.org", "192.0.2.1", SPF_PASS,
		"ip4:192.0.2.1", NULL},
	    {"but not ptr", "a@ptr.org", "192.0.2.2", SPF_FAIL, "-all", NULL},
	    {"nor a host of ptr", "a@ptr.org", "192.0.2.3", SPF_PASS, "ptr",
		NULL},
	    {"nor exp", "a@exp.org", "192.0.2.1", SPF_FAIL, "-all", ""},
	};

	(void)state;
	spf_zone_run(zone, cases, COUNT(cases));
}

static void
gives_temperror_when_time_is_up(void **state)
{
	struct spf_zone z =
	    spf_zone_open("example.org TXT \"v=spf1 ptr -all\"\n");
	struct spf_request request = {
	    .helo = "mail.example.org",
	    .sender = "a@example.org",
	    .receiver = "mx.example.net",
	    .deadline = clock_ms() - 1,
	};
	struct spf_result r;

	(void)state;
	ip_parse("192.0.2.1", &request.client);
	spf_check(z.spf, z.arena, &request, &r);
	assert_int_equal(r.verdict, SPF_TEMPERROR);
	spf_zone_close(&z);
}

/* 4.6 and 4.7 */
static void
evaluates_records(void **state)
{
	static const char zone[] =
	    "syntax.org TXT \"v=spf1 ip4:192.0.2.1 -all moo\"\n"
	    "spaces.org TXT \"v=spf1   ip4:192.0.2.1   -all  \"\n"
	    "order.org TXT \"v=spf1 ?ip4:192.0.2.0/24 -ip4:192.0.2.1 +all\"\n"
	    "default.org TXT \"v=spf1 ip4:198.51.100.1\"\n"
	    "mods.org TXT \"v=spf1 moo.cow-far_out=man:dog/cat x= x= -all\"\n"
	    "late.org TXT \"v=spf1 redirect=default.org ip4:192.0.2.1\"\n"
	    "never.org TXT \"v=spf1 redirect=never.org ~all\"\n"
	    "qual.org TXT \"v=spf1 -ip4:192.0.2.1 ~ip4:192.0.2.2 "
	    "?ip4:192.0.2.3 +ip4:192.0.2.4\"\n"
	    "none.org TXT \"v=spf1\"\n";
	static const struct spf_case cases[] = {
	    {"wrong anywhere", "a@syntax.org", "192.0.2.1", SPF_PERMERROR, "",
		NULL},
	    {"spaces", "a@spaces.org", "192.0.2.1", SPF_PASS, "ip4:192.0.2.1",
		NULL},
	    {"first match", "a@order.org", "192.0.2.1", SPF_NEUTRAL,
		"?ip4:192.0.2.0/24", NULL},
	    {"no match", "a@default.org", "192.0.2.1", SPF_NEUTRAL, "", NULL},
	    {"unknown modifiers", "a@mods.org", "192.0.2.1", SPF_FAIL, "-all",
		NULL},
	    {"redirect is last", "a@late.org", "192.0.2.1", SPF_PASS,
		"ip4:192.0.2.1", NULL},
	    {"all before redirect", "a@never.org", "192.0.2.1", SPF_SOFTFAIL,
		"~all", NULL},
	    {"-", "a@qual.org", "192.0.2.1", SPF_FAIL, "-ip4:192.0.2.1", NULL},
	    {"~", "a@qual.org", "192.0.2.2", SPF_SOFTFAIL, "~ip4:192.0.2.2",
		NULL},
	    {"?", "a@qual.org", "192.0.2.3", SPF_NEUTRAL, "?ip4:192.0.2.3",
		NULL},
	    {"+", "a@qual.org", "192.0.2.4", SPF_PASS, "+ip4:192.0.2.4", NULL},
	    {"nothing at all", "a@none.org", "192.0.2.4", SPF_NEUTRAL, "",
		NULL},
	    {"loopback is a client as any", "a@spaces.org", "127.0.0.1",
		SPF_FAIL, "-all", NULL},
	    {"of IPv6 too", "a@spaces.org", "::1", SPF_FAIL, "-all", NULL},
	    {"mapped", "a@spaces.org", "::ffff:192.0.2.1", SPF_PASS,
		"ip4:192.0.2.1", NULL},
	};

	(void)state;
	spf_zone_run(zone, cases, COUNT(cases));
}

/* 4.6.4 */
static void
counts_terms_over_all_records(void **state)
{
	static const char zone[] =
	    "ten.org TXT \"v=spf1 a mx ptr a mx a mx a mx exists:ten.org "
	    "-all\"\n"
	    "ten.org A 198.51.100.1\n"
	    "ten.org MX 1 ten.org\n"
	    "1.2.0.192.in-addr.arpa PTR x.example\n"
	    "eleven.org TXT \"v=spf1 a a a a a a a a a a a +all\"\n"
	    "eleven.org A 198.51.100.1\n"
	    "inner.org TXT \"v=spf1 a a a a a a a a\"\n"
	    "inner.org A 198.51.100.1\n"
	    "fits.org TXT \"v=spf1 a:inner.org include:inner.org +all\"\n"
	    "over.org TXT \"v=spf1 a:inner.org include:inner.org a:inner.org "
	    "+all\"\n"
	    "loop.org TXT \"v=spf1 include:pool.org\"\n"
	    "pool.org TXT \"v=spf1 include:loop.org\"\n"
	    "self.org TXT \"v=spf1 include:self.org\"\n"
	    "circle.org TXT \"v=spf1 redirect=circle.org\"\n"
	    "plenty.org TXT \"v=spf1 ip4:192.0.2.1 a a a a a a a a a a a\"\n";
	static const struct spf_case cases[] = {
	    {"ten", "a@ten.org", "192.0.2.1", SPF_PASS, "exists:ten.org", NULL},
	    {"eleven", "a@eleven.org", "192.0.2.1", SPF_PERMERROR, "", NULL},
	    {"ten with an include", "a@fits.org", "192.0.2.1", SPF_PASS, "+all",
		NULL},
	    {"eleven with an include", "a@over.org", "192.0.2.1", SPF_PERMERROR,
		"", NULL},
	    {"loop", "a@loop.org", "192.0.2.1", SPF_PERMERROR, "", NULL},
	    {"loop of one", "a@self.org", "192.0.2.1", SPF_PERMERROR, "", NULL},
	    {"loop of redirects", "a@circle.org", "192.0.2.1", SPF_PERMERROR,
		"", NULL},
	    {"only those that are reached", "a@plenty.org", "192.0.2.1",
		SPF_PASS, "ip4:192.0.2.1", NULL},
	};

	(void)state;
	spf_zone_run(zone, cases, COUNT(cases));
}

static void
counts_terms_that_find_nothing(void **state)
{
	static const char zone[] =
	    "two.org TXT \"v=spf1 a:x1.org exists:x2.org ?all\"\n"
	    "three.org TXT \"v=spf1 a:x1.org mx:x2.org exists:x3.org +all\"\n"
	    "same.org TXT \"v=spf1 a:x1.org a:x1.org a:x1.org +all\"\n"
	    "nodata.org TXT \"v=spf1 mx mx mx +all\"\n"
	    "exp.org TXT \"v=spf1 a:x1.org a:x2.org exp=x3.org -all\"\n"
	    "bad.org TXT \"v=spf1 a:a..x1.org a:a..x2.org a:a..x3.org ?all\"\n"
	    "hosts.org TXT \"v=spf1 mx ?all\"\n"
	    "hosts.org MX 1 x1.org\n"
	    "hosts.org MX 1 x2.org\n"
	    "hosts.org MX 1 x3.org\n"
	    "names.org TXT \"v=spf1 exists:%{p}.names.org a:x1.org ~all\"\n"
	    "ptr.org TXT \"v=spf1 ptr a:x1.org a:x2.org ~all\"\n";
	static const struct spf_case cases[] = {
	    {"two", "a@two.org", "192.0.2.1", SPF_NEUTRAL, "?all", NULL},
	    {"three", "a@three.org", "192.0.2.1", SPF_PERMERROR, "", NULL},
	    {"three times the same", "a@same.org", "192.0.2.1", SPF_PERMERROR,
		"", NULL},
	    {"no such records", "a@nodata.org", "192.0.2.1", SPF_PERMERROR, "",
		NULL},
	    {"exp is no term of these", "a@exp.org", "192.0.2.1", SPF_FAIL,
		"-all", ""},
	    {"nor is a malformed target", "a@bad.org", "192.0.2.1", SPF_NEUTRAL,
		"?all", NULL},
	    {"nor are the hosts of an mx", "a@hosts.org", "192.0.2.1",
		SPF_NEUTRAL, "?all", NULL},
	    {"nor is %{p}", "a@names.org", "192.0.2.1", SPF_SOFTFAIL, "~all",
		NULL},
	    {"but ptr is", "a@ptr.org", "192.0.2.1", SPF_PERMERROR, "", NULL},
	};

	(void)state;
	spf_zone_run(zone, cases, COUNT(cases));
}

static void
tells_what_it_counted(void **state)
{
	struct spf_zone z = spf_zone_open("example.org TXT \"v=spf1 "
					  "include:i.org a:x1.org mx -all\"\n"
					  "i.org TXT \"v=spf1 a:y1.org\"\n"
					  "example.org MX 1 h1.org\n"
					  "example.org MX 2 h2.org\n"
					  "h1.org A 198.51.100.1\n"
					  "h2.org A 192.0.2.1\n");
	struct spf_result r = spf_zone_check(&z, "192.0.2.1", "a@example.org");

	(void)state;
	assert_int_equal(r.verdict, SPF_PASS);
	assert_string_equal(r.term, "mx");
	assert_string_equal(r.term_domain, "example.org");
	assert_string_equal(r.domain, "example.org");
	assert_int_equal(r.lookups, 4);
	assert_int_equal(r.voids, 2);
	assert_int_equal(r.queries, 7);
	assert_int_equal(r.n_trace, 0);
	spf_zone_close(&z);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_the_domain_of_the_sender),
	    cmocka_unit_test(has_nothing_to_say_of_what_is_no_domain),
	    cmocka_unit_test(checks_helo_on_its_own),
	    cmocka_unit_test(tells_what_will_be_asked_first),
	    cmocka_unit_test(takes_answers_that_are_known),
	    cmocka_unit_test(selects_the_one_record),
	    cmocka_unit_test(gives_temperror_when_dns_fails),
	    cmocka_unit_test(gives_temperror_when_time_is_up),
	    cmocka_unit_test(evaluates_records),
	    cmocka_unit_test(counts_terms_over_all_records),
	    cmocka_unit_test(counts_terms_that_find_nothing),
	    cmocka_unit_test(tells_what_it_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
