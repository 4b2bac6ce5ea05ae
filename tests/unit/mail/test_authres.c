/* SPDX-License-Identifier: MIT */
#include "mail/authres.h"

#include "base/str.h"
#include "check.h"

#define HOST "mx.xn--club-zra.example" /* mx.\u00fcclub.example */

static void
knows_who_claims_to_be_us(void **state)
{
	static const struct {
		const char *value;
		bool ours;
	} cases[] = {
	    {HOST "; none", true},
	    {" MX.XN--club-zra.EXAMPLE ; spf=pass", true},
	    {"mx.\xc3\xbc"
	     "club.example; spf=pass",
		true},
	    {"mx.\xc3\x9c"
	     "CLUB.example.; spf=pass",
		true},
	    {HOST ".; spf=pass", true},
	    {HOST " 1; spf=pass", true},
	    {HOST "/1; spf=pass", true},
	    {HOST "/JOBID; spf=pass", true},
	    {HOST ":25; spf=pass", true},
	    {"[" HOST "]; spf=pass", true},
	    {"<" HOST ">; spf=pass", true},
	    {HOST " spf=pass", true},
	    {HOST ",spf=pass", true},
	    {HOST "=x; spf=pass", true},
	    {HOST, true},
	    {"(a (b\\)) c) " HOST " (d);none", true},
	    {HOST "(d);none", true},
	    {"mx (a) . xn--club-zra\n\t. example; none", true},
	    {"\"mx.xn--cl\\ub-zra.example\"; spf=pass", true},
	    {"\"mx.\"xn--club-zra.\"example\"; spf=pass", true},
	    {"\" " HOST " \"; spf=pass", true},
	    {"\r\n\t" HOST ";\r\n\tspf=pass", true},
	    {"\x01" HOST "; spf=pass", true},
	    {";; " HOST "; spf=pass", true},
	    {"; " HOST, true},
	    {"(never closed " HOST, false},
	    {"(" HOST "; spf=pass", true},
	    {"(" HOST "); spf=pass", true},
	    {"\"" HOST "; never closed", true},
	    {"=?utf-8?q?mx=2Exn--club-zra.example?=; spf=pass", true},
	    {"=?us-ascii?B?bXgueG4tLWNsdWItenJhLmV4YW1wbGU7?= spf=pass", true},
	    {"=?utf-8?q?mx.xn--?=\n =?utf-8?q?club-zra.example?=; x", true},

	    {"mx.example.org; dkim=pass header.d=" HOST, false},
	    {"mx.example.org " HOST "; dkim=pass", false},
	    {"mx.example.org (" HOST "); dkim=pass", false},
	    {"(" HOST ") mx.example.org; dkim=pass", false},
	    {HOST ".example.org; dkim=pass", false},
	    {"a." HOST "; dkim=pass", false},
	    {"a-" HOST "; dkim=pass", false},
	    {"spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=" HOST
	     "; dkim=none (message not signed) header.d=none;compauth=pass",
		false},
	    {"mail.example.org/JOBID; spf=pass", false},
	    {"mx:25; spf=pass", false},
	    {"[192.0.2.1]; spf=pass", false},
	    {"host from=" HOST, false},
	    {"i=1; " HOST "; spf=pass", false},
	    {"Some_Thing!; spf=pass", false},
	    {"; none", false},
	    {"\"never closed", false},
	    {"=?utf-8?q?mx.example.org?=; spf=pass", false},
	    {"=?utf-8?x?never?=", false},
	    {"=?utf-8?q?never", false},
	    {"", false},
	    {"\\", false},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK(authres_claims(a, cases[i].value, HOST) == cases[i].ours,
		    cases[i].value);
	arena_free(a);
}

static void
knows_whose_received_spf_it_is(void **state)
{
	static const struct {
		const char *value;
		bool ours;
	} cases[] = {
	    {"pass (x) receiver=mx.remotes.club; client-ip=192.0.2.1", true},
	    {"pass receiver=\"MX.remotes.club\";", true},
	    {"pass receiver=mx.remotes.club.", true},
	    {"pass (receiver=x) receiver=mx.remotes.club;", true},
	    {"pass (b) receiver =mx.remotes.club", true},
	    {"pass receiver=mx (c).remotes.club", true},
	    {"pass (b (c)) receiver\n\t=\n\tmx.remotes.club client-ip=x", true},
	    {"pass receiver=mx.example.org; receiver=mx.remotes.club", true},
	    {"pass (never ends receiver=mx.remotes.club", true},
	    {"pass (MX.remotes.club: domain of x) client-ip=192.0.2.1", true},
	    {"pass (mx.remotes.club: never ends", true},
	    {"pass =?utf-8?q?receiver=3Dmx.remotes.club?=", true},
	    {"pass (never ends receiver=x", false},
	    {"pass (mx.remotes.club) receiver=mx.example.org;", false},
	    {"pass receiver=mx.remotes.club.example.org;", false},
	    {"pass helo=mx.remotes.club; receiver=mx.example.org", false},
	    {"pass (mx.example.org: domain of mx.remotes.club)", false},
	    {"none", false},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK(authres_spf_claims(a, cases[i].value,
			  "mx.remotes.club") == cases[i].ours,
		    cases[i].value);
	arena_free(a);
}

static void
writes_what_was_found(void **state)
{
	static const char *const results[] = {"spf=pass", "dkim=none"};
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(authres_compose(a, "mx.a", NULL, 0), "mx.a; none");
	assert_string_equal(authres_compose(a, "mx.a", results, 2),
	    "mx.a;\n\tspf=pass;\n\tdkim=none");
	arena_free(a);
}

/* "method=result name=value ...; ..." */
static const char *
results_shown(struct arena *a, const char *value)
{
	const struct authres_result *results;
	size_t n = authres_read(a, value, &results);
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < n; i++) {
		str_addf(&s, "%s%s=%s", i == 0 ? "" : "; ", results[i].method,
		    results[i].result);
		for (size_t k = 0; k < results[i].n; k++)
			str_addf(&s, " %s=<%s>", results[i].properties[k].name,
			    results[i].properties[k].value);
	}
	return s.text;
}

static void
reads_what_was_found(void **state)
{
	static const struct {
		const char *value, *shown;
	} cases[] = {
	    {"mx; none", ""},
	    {"mx", ""},
	    {"", ""},
	    {"mx;", ""},
	    {"mx 1; dmarc=pass header.from=a.example",
		"dmarc=pass header.from=<a.example>"},
	    {"mx; spf=pass (mx: domain of a@b; dmarc=pass) "
	     "smtp.mailfrom=a@b;dmarc=fail (p=NONE sp=NONE) header.from=c",
		"spf=pass smtp.mailfrom=<a@b>; dmarc=fail header.from=<c>"},
	    {"mx;\r\n\tDMARC = Pass\r\n\theader . From = \"a.example\"",
		"dmarc=pass header.from=<a.example>"},
	    {"mx; dmarc/1=pass header (x) .(y) from (z)=(w)a",
		"dmarc=pass header.from=<a>"},
	    {"mx; dmarc=pass action=none header.from=a.example; compauth=pass "
	     "reason=100",
		"dmarc=pass action=<none> header.from=<a.example>; "
		"compauth=pass reason=<100>"},
	    {"mx; dkim=pass reason=\"; dmarc=pass header.from=c\" header.d=b",
		"dkim=pass reason=<; dmarc=pass header.from=c> header.d=<b>"},
	    {"mx; dkim=pass header.b=\"a\\\"b\"", "dkim=pass header.b=<a\"b>"},
	    {"mx; dkim=pass header.b=ab/c==", "dkim=pass header.b=<ab/c==>"},
	    {"(a; b=c) mx; x=y", "x=y"},
	    {"\"a; b=c\"; x=y", "x=y"},
	    {"mx; = ; x; y= ; =z; a=b", "a=b"},
	    {"mx; dmarc=pass header.from", "dmarc=pass"},
	    {"mx; dmarc=pass header.from=", "dmarc=pass"},
	    {"mx; a=b \"c=d; e=f", "a=b"},
	    {"mx; a=b (c=d; e=f", "a=b"},
	    {"mx; a=\"b", ""},
	    {"mx; a=b \"x\" c=d; e=f", "a=b; e=f"},
	    {"mx; a.=b", "a.=b"},
	    {"mx; .", ""},
	    {"mx; a. ;b=c", "b=c"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_STR(results_shown(a, cases[i].value), cases[i].shown,
		    cases[i].value);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_who_claims_to_be_us),
	    cmocka_unit_test(knows_whose_received_spf_it_is),
	    cmocka_unit_test(reads_what_was_found),
	    cmocka_unit_test(writes_what_was_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
