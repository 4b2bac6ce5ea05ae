/* SPDX-License-Identifier: MIT */
/* RFC 7208 sections 5 to 7, and RFC 8616: what each term finds. */
#include "auth/spf.h"

#include "spf_zone.h"

/* 5.1 */
static void
matches_all(void **state)
{
	static const char zone[] = "pass.org TXT \"v=spf1 all -all\"\n"
				   "any.org TXT \"v=spf1 ?ALL\"\n";
	static const struct spf_case cases[] = {
	    {"the first", "a@pass.org", "192.0.2.1", SPF_PASS, "all", NULL},
	    {"in any case", "a@any.org", "2001:db8::1", SPF_NEUTRAL, "?ALL",
		NULL},
	};

	(void)state;
	spf_zone_run(zone, cases, COUNT(cases));
}

/* 5.2: the table */
static void
includes(void **state)
{
	static const char zone[] =
	    "pass.org TXT \"v=spf1 ip4:192.0.2.0/24 -all exp=exp.org\"\n"
	    "fail.org TXT \"v=spf1 -all exp=exp.org\"\n"
	    "soft.org TXT \"v=spf1 ~all\"\n"
	    "neutral.org TXT \"v=spf1 ?all\"\n"
	    "temp.org TIMEOUT\n"
	    "perm.org TXT \"v=spf1 moo\"\n"
	    "none.org TXT \"hello\"\n"
	    "exp.org TXT \"not mine\"\n"
	    "own.org TXT \"mine\"\n"
	    "i1.org TXT \"v=spf1 -include:pass.org ?all exp=own.org\"\n"
	    "i2.org TXT \"v=spf1 include:fail.org ~all\"\n"
	    "i3.org TXT \"v=spf1 include:soft.org -all exp=own.org\"\n"
	    "i4.org TXT \"v=spf1 include:neutral.org ~all\"\n"
	    "i5.org TXT \"v=spf1 include:temp.org ~all\"\n"
	    "i6.org TXT \"v=spf1 include:perm.org ~all\"\n"
	    "i7.org TXT \"v=spf1 include:none.org ~all\"\n"
	    "i8.org TXT \"v=spf1 include:missing.org ~all\"\n"
	    "i9.org TXT \"v=spf1 include:mis..sing.org ~all\"\n"
	    "i10.org TXT \"v=spf1 include:i1.org include:i11.org ~all\"\n"
	    "i11.org TXT \"v=spf1 include:pass.org\"\n"
	    "i12.org TXT \"v=spf1 include:i13.org ~all\"\n"
	    "i13.org TXT \"v=spf1 redirect=pass.org exp=exp.org\"\n"
	    "single TXT \"v=spf1 +all\"\n"
	    "i14.org TXT \"v=spf1 include:%{l} ~all\"\n";
	static const struct spf_case cases[] = {
	    {"pass", "a@i1.org", "192.0.2.1", SPF_FAIL, "-include:pass.org",
		"mine"},
	    {"fail", "a@i2.org", "192.0.2.1", SPF_SOFTFAIL, "~all", ""},
	    {"softfail", "a@i3.org", "192.0.2.1", SPF_FAIL, "-all", "mine"},
	    {"neutral", "a@i4.org", "192.0.2.1", SPF_SOFTFAIL, "~all", NULL},
	    {"temperror", "a@i5.org", "192.0.2.1", SPF_TEMPERROR, "", NULL},
	    {"permerror", "a@i6.org", "192.0.2.1", SPF_PERMERROR, "", NULL},
	    {"none", "a@i7.org", "192.0.2.1", SPF_PERMERROR, "", NULL},
	    {"no such name", "a@i8.org", "192.0.2.1", SPF_PERMERROR, "", NULL},
	    {"no such domain", "a@i9.org", "192.0.2.1", SPF_PERMERROR, "",
		NULL},
	    {"nested", "a@i10.org", "192.0.2.1", SPF_PASS, "include:i11.org",
		NULL},
	    {"redirect in it", "a@i12.org", "192.0.2.1", SPF_PASS,
		"include:i13.org", NULL},
	    {"single label", "single@i14.org", "192.0.2.1", SPF_PERMERROR, "",
		NULL},
	};

	(void)state;
	spf_zone_run(zone, cases, COUNT(cases));
}

/* 5.3 */
static void
matches_addresses(void **state)
{
	static const char zone[] =
	    "a.org TXT \"v=spf1 a -all\"\n"
	    "a.org A 198.51.100.7\n"
	    "a.org A 192.0.2.1\n"
	    "a.org AAAA 2001:db8::1\n"
	    "b.org TXT \"v=spf1 a:A.org/24//64 -all\"\n"
	    "c.org TXT \"v=spf1 a:a.org/0 -all\"\n"
	    "d.org TXT \"v=spf1 a:a.org//0 -all\"\n"
	    "e.org TXT \"v=spf1 a:none.org/0 a:v6.org/0 -all\"\n"
	    "v6.org AAAA 2001:db8::9\n"
	    "f.org TXT \"v=spf1 a:foo:bar/baz.example.org -all\"\n"
	    "foo:bar/baz.example.org A 192.0.2.1\n"
	    "g.org TXT \"v=spf1 a:alias.org -all\"\n"
	    "alias.org CNAME a.org\n"
	    "h.org TXT \"v=spf1 a:a.org/31//127 -all\"\n"
	    "i.org TXT \"v=spf1 -a:%{h} +all\"\n";
	static const struct spf_case cases[] = {
	    {"any of them", "a@a.org", "192.0.2.1", SPF_PASS, "a", NULL},
	    {"none of them", "a@a.org", "192.0.2.2", SPF_FAIL, "-all", NULL},
	    {"IPv6", "a@a.org", "2001:db8::1", SPF_PASS, "a", NULL},
	    {"no other IPv6", "a@a.org", "2001:db8::2", SPF_FAIL, "-all", NULL},
	    {"mask", "a@b.org", "192.0.2.200", SPF_PASS, "a:A.org/24//64",
		NULL},
	    {"outside", "a@b.org", "192.0.3.1", SPF_FAIL, "-all", NULL},
	    {"mask of IPv6", "a@b.org", "2001:db8::ff:1", SPF_PASS, NULL, NULL},
	    {"outside of it", "a@b.org", "2001:db8:0:1::1", SPF_FAIL, NULL,
		NULL},
	    {"odd mask", "a@h.org", "192.0.2.0", SPF_PASS, NULL, NULL},
	    {"outside that", "a@h.org", "192.0.2.2", SPF_FAIL, NULL, NULL},
	    {"odd mask of IPv6", "a@h.org", "2001:db8::", SPF_PASS, NULL, NULL},
	    {"outside that too", "a@h.org", "2001:db8::2", SPF_FAIL, NULL,
		NULL},
	    {"/0", "a@c.org", "10.0.0.1", SPF_PASS, "a:a.org/0", NULL},
	    {"/0 of IPv4 only", "a@c.org", "2001:db8::2", SPF_FAIL, "-all",
		NULL},
	    {"//0", "a@d.org", "fe80::1", SPF_PASS, "a:a.org//0", NULL},
	    {"//0 of IPv6 only", "a@d.org", "10.0.0.1", SPF_FAIL, "-all", NULL},
	    {"/0 of no address", "a@e.org", "10.0.0.1", SPF_FAIL, "-all", NULL},
	    {"strange name", "a@f.org", "192.0.2.1", SPF_PASS,
		"a:foo:bar/baz.example.org", NULL},
	    {"alias", "a@g.org", "192.0.2.1", SPF_PASS, "a:alias.org", NULL},
	    {"HELO", "a@i.org", "192.0.2.1", SPF_PASS, "+all", NULL},
	};

	(void)state;
	spf_zone_run(zone, cases, COUNT(cases));
}

/* 5.4 */
static void
matches_mail_exchangers(void **state)
{
	static const char zone[] =
	    "mx.org TXT \"v=spf1 mx -all\"\n"
	    "mx.org MX 10 h1.org\n"
	    "mx.org MX 20 h2.org\n"
	    "h1.org A 198.51.100.7\n"
	    "h2.org A 192.0.2.1\n"
	    "h2.org AAAA 2001:db8::1\n"
	    "mask.org TXT \"v=spf1 mx:mx.org/24//64 -all\"\n"
	    "any.org TXT \"v=spf1 mx:mx.org/0//0 -all\"\n"
	    "v6.org TXT \"v=spf1 mx:only.org/0 -all\"\n"
	    "only.org MX 1 six.org\n"
	    "six.org AAAA 2001:db8::1\n"
	    "null.org TXT \"v=spf1 mx ?all\"\n"
	    "null.org MX 0 .\n"
	    "implicit.org TXT \"v=spf1 mx ?all\"\n"
	    "implicit.org A 192.0.2.1\n"
	    "ten.org TXT \"v=spf1 mx -all\"\n"
	    "ten.org MX 1 t1.org\nten.org MX 2 t2.org\nten.org MX 3 t3.org\n"
	    "ten.org MX 4 t4.org\nten.org MX 5 t5.org\nten.org MX 6 t6.org\n"
	    "ten.org MX 7 t7.org\nten.org MX 8 t8.org\nten.org MX 9 t9.org\n"
	    "ten.org MX 10 h2.org\n"
	    "more.org TXT \"v=spf1 mx -all\"\n"
	    "more.org MX 0 h2.org\n"
	    "more.org MX 1 t1.org\nmore.org MX 2 t2.org\nmore.org MX 3 t3.org\n"
	    "more.org MX 4 t4.org\nmore.org MX 5 t5.org\nmore.org MX 6 t6.org\n"
	    "more.org MX 7 t7.org\nmore.org MX 8 t8.org\nmore.org MX 9 t9.org\n"
	    "more.org MX 10 t0.org\n";
	static const struct spf_case cases[] = {
	    {"the first", "a@mx.org", "198.51.100.7", SPF_PASS, "mx", NULL},
	    {"the second", "a@mx.org", "192.0.2.1", SPF_PASS, "mx", NULL},
	    {"IPv6", "a@mx.org", "2001:db8::1", SPF_PASS, "mx", NULL},
	    {"none", "a@mx.org", "192.0.2.9", SPF_FAIL, "-all", NULL},
	    {"mask", "a@mask.org", "198.51.100.99", SPF_PASS,
		"mx:mx.org/24//64", NULL},
	    {"mask of IPv6", "a@mask.org", "2001:db8::99", SPF_PASS, NULL,
		NULL},
	    {"/0", "a@any.org", "10.0.0.1", SPF_PASS, "mx:mx.org/0//0", NULL},
	    {"//0", "a@any.org", "fe80::1", SPF_PASS, NULL, NULL},
	    {"/0 of no address", "a@v6.org", "10.0.0.1", SPF_FAIL, "-all",
		NULL},
	    {"null MX", "a@null.org", "192.0.2.1", SPF_NEUTRAL, "?all", NULL},
	    {"no A instead", "a@implicit.org", "192.0.2.1", SPF_NEUTRAL, "?all",
		NULL},
	    {"ten hosts", "a@ten.org", "192.0.2.1", SPF_PASS, "mx", NULL},
	    {"eleven hosts", "a@more.org", "192.0.2.1", SPF_PERMERROR, "",
		NULL},
	};

	(void)state;
	spf_zone_run(zone, cases, COUNT(cases));
}

/* 5.5 */
static void
matches_validated_names(void **state)
{
	static const char zone[] =
	    "ptr.org TXT \"v=spf1 ptr -all\"\n"
	    "1.2.0.192.in-addr.arpa PTR false.ptr.org\n"
	    "1.2.0.192.in-addr.arpa PTR Mail.PTR.org\n"
	    "mail.ptr.org A 192.0.2.1\n"
	    "false.ptr.org A 192.0.2.9\n"
	    "2.2.0.192.in-addr.arpa PTR ptr.org\n"
	    "ptr.org A 192.0.2.2\n"
	    "3.2.0.192.in-addr.arpa PTR false.ptr.org\n"
	    "4.2.0.192.in-addr.arpa PTR notptr.org\n"
	    "notptr.org A 192.0.2.4\n"
	    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2."
	    "ip6.arpa PTR six.ptr.org\n"
	    "six.ptr.org AAAA 2001:db8::1\n"
	    "named.org TXT \"v=spf1 ptr:PTR.org. -all\"\n"
	    "wrong.org TXT \"v=spf1 ptr:a..ptr.org -all\"\n"
	    "p.org TXT \"v=spf1 exists:%{p}.test.org -all\"\n"
	    "mail.ptr.org.test.org A 127.0.0.2\n"
	    "unknown.test.org A 127.0.0.2\n"
	    "best.ptr.org TXT \"v=spf1 -all exp=name.org\"\n"
	    "name.org TXT \"%{p}\"\n"
	    "5.2.0.192.in-addr.arpa PTR a.example\n"
	    "5.2.0.192.in-addr.arpa PTR low.best.ptr.org\n"
	    "5.2.0.192.in-addr.arpa PTR best.ptr.org\n"
	    "6.2.0.192.in-addr.arpa PTR a.example\n"
	    "6.2.0.192.in-addr.arpa PTR low.best.ptr.org\n"
	    "a.example A 192.0.2.5\na.example A 192.0.2.6\n"
	    "a.example A 192.0.2.7\n"
	    "low.best.ptr.org A 192.0.2.5\nlow.best.ptr.org A 192.0.2.6\n"
	    "best.ptr.org A 192.0.2.5\n"
	    "7.2.0.192.in-addr.arpa PTR a.example\n"
	    "8.2.0.192.in-addr.arpa PTR n1.org\n"
	    "8.2.0.192.in-addr.arpa PTR n2.org\n"
	    "8.2.0.192.in-addr.arpa PTR n3.org\n"
	    "8.2.0.192.in-addr.arpa PTR n4.org\n"
	    "8.2.0.192.in-addr.arpa PTR n5.org\n"
	    "8.2.0.192.in-addr.arpa PTR n6.org\n"
	    "8.2.0.192.in-addr.arpa PTR n7.org\n"
	    "8.2.0.192.in-addr.arpa PTR n8.org\n"
	    "8.2.0.192.in-addr.arpa PTR n9.org\n"
	    "8.2.0.192.in-addr.arpa PTR n10.org\n"
	    "8.2.0.192.in-addr.arpa PTR eight.ptr.org\n"
	    "eight.ptr.org A 192.0.2.8\n";
	static const struct spf_case cases[] = {
	    {"below the domain", "a@ptr.org", "192.0.2.1", SPF_PASS, "ptr",
		NULL},
	    {"the domain", "a@ptr.org", "192.0.2.2", SPF_PASS, "ptr", NULL},
	    {"does not map back", "a@ptr.org", "192.0.2.3", SPF_FAIL, "-all",
		NULL},
	    {"ends alike", "a@ptr.org", "192.0.2.4", SPF_FAIL, "-all", NULL},
	    {"no PTR", "a@ptr.org", "192.0.2.99", SPF_FAIL, "-all", NULL},
	    {"IPv6", "a@ptr.org", "2001:db8::1", SPF_PASS, "ptr", NULL},
	    {"of a domain", "a@named.org", "192.0.2.1", SPF_PASS,
		"ptr:PTR.org.", NULL},
	    {"of no domain", "a@wrong.org", "192.0.2.1", SPF_FAIL, "-all",
		NULL},
	    {"the eleventh is not looked at", "a@ptr.org", "192.0.2.8",
		SPF_FAIL, "-all", NULL},
	    {"%{p}", "a@p.org", "192.0.2.1", SPF_PASS, NULL, NULL},
	    {"%{p} of none", "a@p.org", "192.0.2.99", SPF_PASS, NULL, NULL},
	    {"%{p}: the domain", "a@best.ptr.org", "192.0.2.5", SPF_FAIL, NULL,
		"best.ptr.org"},
	    {"%{p}: below it", "a@best.ptr.org", "192.0.2.6", SPF_FAIL, NULL,
		"low.best.ptr.org"},
	    {"%{p}: any", "a@best.ptr.org", "192.0.2.7", SPF_FAIL, NULL,
		"a.example"},
	    {"%{p}: none", "a@best.ptr.org", "192.0.2.99", SPF_FAIL, NULL,
		"unknown"},
	};

	(void)state;
	spf_zone_run(zone, cases, COUNT(cases));
}

/* 5.6 */
static void
matches_networks(void **state)
{
	static const char zone[] =
	    "four.org TXT \"v=spf1 ip4:192.0.2.77/24 ip4:10.1.2.3 -all\"\n"
	    "six.org TXT \"v=spf1 ip6:2001:DB8:8000::/33 ip6:::1/128 -all\"\n"
	    "any4.org TXT \"v=spf1 ip4:1.1.1.1/0 -all\"\n"
	    "any6.org TXT \"v=spf1 ip6:::1.1.1.1/0 -all\"\n"
	    "mapped.org TXT \"v=spf1 ip6:::ffff:192.0.2.1 -all\"\n";
	static const struct spf_case cases[] = {
	    {"network", "a@four.org", "192.0.2.1", SPF_PASS,
		"ip4:192.0.2.77/24", NULL},
	    {"address", "a@four.org", "10.1.2.3", SPF_PASS, "ip4:10.1.2.3",
		NULL},
	    {"other address", "a@four.org", "10.1.2.4", SPF_FAIL, NULL, NULL},
	    {"IPv6 client", "a@four.org", "2001:db8::1", SPF_FAIL, NULL, NULL},
	    {"network of IPv6", "a@six.org", "2001:db8:8001::1", SPF_PASS,
		"ip6:2001:DB8:8000::/33", NULL},
	    {"outside", "a@six.org", "2001:db8:7fff::1", SPF_FAIL, NULL, NULL},
	    {"::1", "a@six.org", "::1", SPF_PASS, "ip6:::1/128", NULL},
	    {"/0", "a@any4.org", "255.255.255.255", SPF_PASS, NULL, NULL},
	    {"/0 of IPv4 only", "a@any4.org", "::1", SPF_FAIL, NULL, NULL},
	    {"/0 of IPv6", "a@any6.org", "fe80::1", SPF_PASS, NULL, NULL},
	    {"/0 of IPv6 only", "a@any6.org", "1.1.1.1", SPF_FAIL, NULL, NULL},
	    {"mapped client", "a@mapped.org", "::ffff:192.0.2.1", SPF_FAIL,
		NULL, NULL},
	    {"mapped client of ip4", "a@four.org", "::ffff:192.0.2.1", SPF_PASS,
		NULL, NULL},
	};

	(void)state;
	spf_zone_run(zone, cases, COUNT(cases));
}

/* 5.7 */
static void
matches_what_exists(void **state)
{
	static const char zone[] =
	    "e.org TXT \"v=spf1 exists:%{i}.%{l1r-}.%{d2} -all\"\n"
	    "192.0.2.1.ann.e.org A 127.0.0.2\n"
	    "six.org TXT \"v=spf1 exists:has.e.org -exists:only6.e.org ~all\"\n"
	    "has.e.org A 127.0.0.2\n"
	    "no.org TXT \"v=spf1 exists:only6.e.org ~all\"\n"
	    "only6.e.org AAAA ::1\n";
	static const struct spf_case cases[] = {
	    {"it does", "ann-list@e.org", "192.0.2.1", SPF_PASS, NULL, NULL},
	    {"it does not", "bob@e.org", "192.0.2.1", SPF_FAIL, "-all", NULL},
	    {"A for IPv6 too", "a@six.org", "2001:db8::1", SPF_PASS,
		"exists:has.e.org", NULL},
	    {"AAAA is not A", "a@no.org", "2001:db8::1", SPF_SOFTFAIL, "~all",
		NULL},
	};

	(void)state;
	spf_zone_run(zone, cases, COUNT(cases));
}

/* 6.1 */
static void
redirects(void **state)
{
	static const char zone[] =
	    "from.org TXT \"v=spf1 ip4:10.0.0.1 redirect=to.org exp=old.org\"\n"
	    "to.org TXT \"v=spf1 a -all exp=new.org\"\n"
	    "to.org A 192.0.2.1\n"
	    "from.org A 192.0.2.2\n"
	    "old.org TXT \"old\"\n"
	    "new.org TXT \"%{d} for %{o}\"\n"
	    "plain.org TXT \"v=spf1 redirect=bare.org exp=old.org\"\n"
	    "bare.org TXT \"v=spf1 -all\"\n"
	    "none.org TXT \"v=spf1 redirect=missing.org\"\n"
	    "bad.org TXT \"v=spf1 redirect=a..b.org\"\n"
	    "twice.org TXT \"v=spf1 redirect=from.org\"\n"
	    "falls.org TXT \"v=spf1 redirect=open.org\"\n"
	    "open.org TXT \"v=spf1 ip4:10.0.0.1\"\n";
	static const struct spf_case cases[] = {
	    {"before it", "a@from.org", "10.0.0.1", SPF_PASS, "ip4:10.0.0.1",
		NULL},
	    {"the domain is another", "a@from.org", "192.0.2.1", SPF_PASS, "a",
		NULL},
	    {"so is the explanation", "a@from.org", "192.0.2.2", SPF_FAIL,
		"-all", "to.org for from.org"},
	    {"or there is none", "a@plain.org", "192.0.2.2", SPF_FAIL, "-all",
		""},
	    {"no record", "a@none.org", "192.0.2.2", SPF_PERMERROR, "", NULL},
	    {"malformed", "a@bad.org", "192.0.2.2", SPF_PERMERROR, "", NULL},
	    {"twice", "a@twice.org", "192.0.2.1", SPF_PASS, "a", NULL},
	    {"no match there", "a@falls.org", "192.0.2.1", SPF_NEUTRAL, "",
		NULL},
	};

	(void)state;
	spf_zone_run(zone, cases, COUNT(cases));
}

/* 6.2 */
static void
explains(void **state)
{
	static const char zone[] =
	    "ok.org TXT \"v=spf1 -all exp=exp.%{d}\"\n"
	    "exp.ok.org TXT \"%{i} is \" \"not one of %{d}'s.\"\n"
	    "soft.org TXT \"v=spf1 ~all exp=exp.ok.org\"\n"
	    "two.org TXT \"v=spf1 -all exp=both.org\"\n"
	    "both.org TXT \"one\"\n"
	    "both.org TXT \"two\"\n"
	    "gone.org TXT \"v=spf1 -all exp=missing.org\"\n"
	    "notxt.org TXT \"v=spf1 -all exp=a.org\"\n"
	    "a.org A 192.0.2.1\n"
	    "bad.org TXT \"v=spf1 -all exp=wrong.org\"\n"
	    "wrong.org TXT \"The %{x}-files.\"\n"
	    "ascii.org TXT \"v=spf1 -all exp=utf8.org\"\n"
	    "utf8.org TXT \"caf\\195\\169\"\n"
	    "dots.org TXT \"v=spf1 -all exp=a..b.org\"\n"
	    "empty.org TXT \"v=spf1 -all exp=nothing.org\"\n"
	    "nothing.org TXT \"\"\n"
	    "local.org TXT \"v=spf1 -all exp=says.org\"\n"
	    "says.org TXT \"not %{l}, %%%_%-\"\n";
	static const struct spf_case cases[] = {
	    {"in its words", "a@ok.org", "192.0.2.1", SPF_FAIL, "-all",
		"192.0.2.1 is not one of ok.org's."},
	    {"only a fail", "a@soft.org", "192.0.2.1", SPF_SOFTFAIL, NULL, ""},
	    {"two records", "a@two.org", "192.0.2.1", SPF_FAIL, NULL, ""},
	    {"no name", "a@gone.org", "192.0.2.1", SPF_FAIL, NULL, ""},
	    {"no record", "a@notxt.org", "192.0.2.1", SPF_FAIL, NULL, ""},
	    {"wrong syntax", "a@bad.org", "192.0.2.1", SPF_FAIL, NULL, ""},
	    {"not ASCII", "a@ascii.org", "192.0.2.1", SPF_FAIL, NULL, ""},
	    {"malformed name", "a@dots.org", "192.0.2.1", SPF_FAIL, NULL, ""},
	    {"empty", "a@empty.org", "192.0.2.1", SPF_FAIL, NULL, ""},
	    {"local part with a space", "a b@local.org", "192.0.2.1", SPF_FAIL,
		NULL, "not a b, % %20"},
	    {"local part with a line", "a\r\nb@local.org", "192.0.2.1",
		SPF_FAIL, NULL, "not a\\x0d\\x0ab, % %20"},
	    {"local part of UTF-8", "\xc3\xa9@local.org", "192.0.2.1", SPF_FAIL,
		NULL, ""},
	};

	(void)state;
	spf_zone_run(zone, cases, COUNT(cases));
}

/* RFC 8616 4 */
static void
passes_over_local_parts_beyond_ascii(void **state)
{
	static const char zone[] =
	    "l.org TXT \"v=spf1 a:%{l}.org mx:%{l}.org -exists:%{s}.org "
	    "-include:%{L}.org ~all\"\n"
	    "r.org TXT \"v=spf1 redirect=%{l}.org\"\n";
	static const struct spf_case cases[] = {
	    {"mechanisms", "j\xc3\xbcrgen@l.org", "192.0.2.1", SPF_SOFTFAIL,
		"~all", NULL},
	    {"redirect", "j\xc3\xbcrgen@r.org", "192.0.2.1", SPF_NEUTRAL, "",
		NULL},
	};

	(void)state;
	spf_zone_run(zone, cases, COUNT(cases));
}

static void
tells_what_it_does_line_by_line(void **state)
{
	static const char *const lines[] = {
	    ("TXT a.org: \"v=spf1 ip4:10.0.0.1 include:i.org ptr mx -all "
	     "exp=e.org\""),
	    "  ip4:10.0.0.1: no match",
	    "  include:i.org (lookup 1)",
	    "    TXT i.org: \"v=spf1 a:h.org ip4:10.0.0.2\"",
	    "      a:h.org (lookup 2)",
	    "        A h.org: 192.0.2.9",
	    "      a:h.org: no match",
	    "      ip4:10.0.0.2: no match",
	    "  include:i.org: no match",
	    "  ptr (lookup 3)",
	    "    PTR 1.2.0.192.in-addr.arpa: p.org",
	    "    A p.org: no such name",
	    "  ptr: no match",
	    "  mx (lookup 4)",
	    "    MX a.org: 5 m.org.",
	    "    A m.org: no such record",
	    "  mx: no match",
	    "  -all: match",
	    "TXT e.org: no such name",
	    "fail: -all in the record of a.org",
	};
	struct spf_zone z =
	    spf_zone_open("a.org TXT \"v=spf1 ip4:10.0.0.1 include:i.org ptr "
			  "mx -all "
			  "exp=e.org\"\n"
			  "i.org TXT \"v=spf1 a:h.org ip4:10.0.0.2\"\n"
			  "h.org A 192.0.2.9\n"
			  "1.2.0.192.in-addr.arpa PTR p.org\n"
			  "a.org MX 5 m.org\n"
			  "m.org TXT \"hello\"\n");
	struct spf_request request = {
	    .helo = "mail.example.org",
	    .sender = "ann@a.org",
	    .receiver = "mx.example.net",
	    .deadline = clock_ms() + 20000,
	    .trace = true,
	};
	struct spf_result r;

	(void)state;
	ip_parse("192.0.2.1", &request.client);
	spf_check(z.spf, z.arena, &request, &r);
	for (size_t i = 0; i < r.n_trace && i < COUNT(lines); i++)
		CHECK_STR(r.trace[i], lines[i], "line");
	assert_int_equal(r.n_trace, COUNT(lines));
	spf_zone_close(&z);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(matches_all),
	    cmocka_unit_test(includes),
	    cmocka_unit_test(matches_addresses),
	    cmocka_unit_test(matches_mail_exchangers),
	    cmocka_unit_test(matches_validated_names),
	    cmocka_unit_test(matches_networks),
	    cmocka_unit_test(matches_what_exists),
	    cmocka_unit_test(redirects),
	    cmocka_unit_test(explains),
	    cmocka_unit_test(passes_over_local_parts_beyond_ascii),
	    cmocka_unit_test(tells_what_it_does_line_by_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
