/* SPDX-License-Identifier: MIT */
#include "mail/domain.h"

#include "base/arena.h"

#include "check.h"

#include <string.h>

/* The character, n times. */
static char *
row_of(struct arena *a, char c, size_t n)
{
	char *row = arena_take(a, n + 1);

	memset(row, c, n);
	return row;
}

/* A name of len bytes whose labels have 63, the last one but the rest. */
static char *
name_of(struct arena *a, size_t len)
{
	char *name = row_of(a, 'a', len);

	for (size_t i = 63; i < len - 1; i += 64)
		name[i] = '.';
	return name;
}

static void
reads_names_in_ascii(void **state)
{
	static const struct {
		const char *name, *text, *want; /* NULL: RC_PERM */
	} rows[] = {
	    {"plain", "example.org", "example.org"},
	    {"one label", "localhost", "localhost"},
	    {"one letter", "x.org", "x.org"},
	    {"upper case", "MAIL.Example.ORG", "mail.example.org"},
	    {"dot at the end", "example.org.", "example.org"},
	    {"digits", "3com.example", "3com.example"},
	    {"all digits", "192.0.2.1", "192.0.2.1"},
	    {"hyphen", "a-b.example", "a-b.example"},
	    {"two hyphens", "a--b.example", "a--b.example"},
	    {"underscores", "_dmarc.a_b.example_", "_dmarc.a_b.example_"},
	    {"A-label", "xn--mnchen-3ya.example", "xn--mnchen-3ya.example"},
	    {"A-label in upper case", "XN--MNCHEN-3YA.EXAMPLE",
		"xn--mnchen-3ya.example"},
	    {"A-label of an emoji", "xn--ls8h.example", "xn--ls8h.example"},
	    {"A-label of nothing", "xn--zzzzzzz.example",
		"xn--zzzzzzz.example"},
	    {"empty", "", NULL},
	    {"the root", ".", NULL},
	    {"two dots at the end", "example.org..", NULL},
	    {"dot at the beginning", ".example.org", NULL},
	    {"empty label", "example..org", NULL},
	    {"hyphen first", "-a.example", NULL},
	    {"hyphen last", "a-.example", NULL},
	    {"hyphen last of all", "a.example-", NULL},
	    {"hyphen alone", "-", NULL},
	    {"A-label without code", "xn--.example", NULL},
	    {"space", "exam ple.org", NULL},
	    {"space at the end", "example.org ", NULL},
	    {"line break", "example.org\r\n", NULL},
	    {"tab", "\texample.org", NULL},
	    {"control byte", "exam\001ple.org", NULL},
	    {"delete", "example\177.org", NULL},
	    {"at sign", "a@example.org", NULL},
	    {"slash", "example.org/24", NULL},
	    {"colon", "example.org:25", NULL},
	    {"backslash", "example\\.org", NULL},
	    {"wildcard", "*.example.org", NULL},
	    {"percent", "%d.example.org", NULL},
	    {"IPv4 literal", "[192.0.2.1]", NULL},
	    {"IPv6 address", "2001:db8::1", NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = NULL;
		struct err err = {""};
		enum rc rc = domain_read(a, rows[i].text, &got, &err);

		CHECK_STR(got, rows[i].want, rows[i].name);
		CHECK(rc == (got != NULL ? RC_OK : RC_PERM), rows[i].name);
		CHECK((rc == RC_PERM) == (err.text[0] != '\0'), rows[i].name);
	}
	arena_free(a);
}

static void
makes_a_labels(void **state)
{
	static const struct {
		const char *name, *text, *want; /* NULL: RC_PERM */
	} rows[] = {
	    {"u umlaut", "münchen.example", "xn--mnchen-3ya.example"},
	    {"in upper case", "MÜNCHEN.Example", "xn--mnchen-3ya.example"},
	    {"decomposed", "mu\u0308nchen.example", "xn--mnchen-3ya.example"},
	    {"beside an A-label", "xn--mnchen-3ya.münchen.example",
		"xn--mnchen-3ya.xn--mnchen-3ya.example"},
	    {"sharp s is kept", "straße.example", "xn--strae-oqa.example"},
	    {"final sigma is kept", "βόλος.example", "xn--nxasmm1c.example"},
	    {"Cyrillic", "ёлка.рф", "xn--80atc1g.xn--p1ai"},
	    {"Japanese", "例え.テスト", "xn--r8jz45g.xn--zckzah"},
	    {"Arabic", "بيت.example", "xn--ngbe9g.example"},
	    {"underscore beside it", "_dmarc.münchen.example",
		"_dmarc.xn--mnchen-3ya.example"},
	    {"dot at the end", "münchen.example.", "xn--mnchen-3ya.example"},
	    {"ideographic dots", "münchen\u3002example\u3002",
		"xn--mnchen-3ya.example"},
	    {"full width", "\uff45xample.org", "example.org"},
	    {"Kelvin sign", "\u212a.example", "k.example"},
	    {"empty label", "münchen..example", NULL},
	    {"only a dot", "\u3002", NULL},
	    {"soft hyphen alone", "\u00ad.example", NULL},
	    {"variation selector alone", "\ufe00", NULL},
	    {"emoji", "💩.example", NULL},
	    {"emoji of old", "i❤.example", NULL},
	    {"snowman", "☃.example", NULL},
	    {"full-width slash", "a\uff0fb.example", NULL},
	    {"full-width at", "a\uff20münchen.example", NULL},
	    {"number with a dot", "\u2488com", NULL},
	    {"zero-width joiner", "a\u200db.example", NULL},
	    {"right-to-left override", "\u202egro.elpmaxe", NULL},
	    {"both directions in one label", "aب.example", NULL},
	    {"accent first", "\u0301a.example", NULL},
	    {"no-break space", "a\u00a0b.example", NULL},
	    {"C1 control", "a\xc2\x85.example", NULL},
	    {"hyphen last", "ü-.example", NULL},
	    {"space", "a b.münchen.example", NULL},
	    {"control byte", "a\001.münchen.example", NULL},
	    {"line break", "münchen.example\r\n", NULL},
	    {"lone byte", "m\xfcnchen.example", NULL},
	    {"cut short", "m\xc3", NULL},
	    {"overlong slash", "a\xc0\xaf.example", NULL},
	    {"overlong dot", "a\xe0\x80\xae.example", NULL},
	    {"surrogate", "\xed\xa0\x80.example", NULL},
	    {"beyond Unicode", "\xf4\x90\x80\x80.example", NULL},
	    {"byte that never occurs", "\xff.example", NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = NULL;
		struct err err = {""};
		enum rc rc = domain_read(a, rows[i].text, &got, &err);

		CHECK_STR(got, rows[i].want, rows[i].name);
		CHECK(rc == (got != NULL ? RC_OK : RC_PERM), rows[i].name);
		CHECK((rc == RC_PERM) == (err.text[0] != '\0'), rows[i].name);
	}
	arena_free(a);
}

static void
limits_lengths(void **state)
{
	struct arena *a = arena_new();
	const char *label63 = row_of(a, 'a', 63), *name253 = name_of(a, 253);
	const struct {
		const char *name, *text;
		enum rc rc;
	} rows[] = {
	    {"label of 63", label63, RC_OK},
	    {"label of 64", row_of(a, 'a', 64), RC_PERM},
	    {"last label of 64", arena_printf(a, "org.a%s", label63), RC_PERM},
	    {"name of 253", name253, RC_OK},
	    {"name of 253 and a dot", arena_printf(a, "%s.", name253), RC_OK},
	    {"name of 254", name_of(a, 254), RC_PERM},
	    {"U-label that fits", arena_printf(a, "%.55sü", label63), RC_OK},
	    {"U-label that becomes too long",
		arena_printf(a, "%.56sü", label63), RC_PERM},
	    {"10 KB", row_of(a, 'a', 10240), RC_PERM},
	    {"10 KB of dots", row_of(a, '.', 10240), RC_PERM},
	    {"10 KB and a U-label", arena_printf(a, "ü.%s", name_of(a, 10240)),
		RC_PERM},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got;

		CHECK(domain_read(a, rows[i].text, &got, NULL) == rows[i].rc,
		    rows[i].name);
	}
	arena_free(a);
}

static void
gives_the_same_when_read_again(void **state)
{
	static const char *const texts[] = {"Example.ORG.", "münchen.example",
	    "_a.b-c.example", "\uff45xample.org\u3002"};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *once = NULL, *twice = NULL;

		CHECK(domain_read(a, texts[i], &once, NULL) == RC_OK, texts[i]);
		CHECK(domain_read(a, once, &twice, NULL) == RC_OK, texts[i]);
		CHECK_STR(twice, once, texts[i]);
	}
	arena_free(a);
}

static void
knows_host_names(void **state)
{
	static const struct {
		const char *text;
		bool is;
	} rows[] = {
	    {"mx.example.org", true},
	    {"mx.example.org.", true},
	    {"localhost", true},
	    {"DESKTOP-1A2B", true},
	    {"my_laptop.example.org", true},
	    {"mx.münchen.example", true},
	    {"1.2.3.4.example.org", true},
	    {"mx.3com", true},
	    {"192.0.2.1", false},
	    {"192.0.2.1.", false},
	    {"mx.example.1", false},
	    {"12345", false},
	    {"[192.0.2.1]", false},
	    {"2001:db8::1", false},
	    {"", false},
	    {".", false},
	    {"mx..example.org", false},
	    {"-mx.example.org", false},
	    {"mx.example.org>", false},
	    {"<mx.example.org>", false},
	    {"mx example.org", false},
	    {"\xff\xfe", false},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK(domain_is_host_name(a, rows[i].text) == rows[i].is,
		    rows[i].text);
	arena_free(a);
}

static void
reads_literals(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
	    {"[192.0.2.1]", "192.0.2.1"},
	    {"[IPv6:2001:db8::1]", "2001:db8::1"},
	    {"[ipv6:2001:DB8:0:0:0:0:0:1]", "2001:db8::1"},
	    {"[IPv6:::]", "::"},
	    {"[IPv6:::ffff:192.0.2.1]", "192.0.2.1"},
	    {"[IPv6:ABCD:EF01:2345:6789:ABCD:EF01:192.168.173.144]",
		"abcd:ef01:2345:6789:abcd:ef01:c0a8:ad90"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ip ip;

		CHECK(domain_literal(rows[i].text, &ip), rows[i].text);
		CHECK_STR(ip_text(a, &ip), rows[i].want, rows[i].text);
	}
	arena_free(a);
}

static void
refuses_what_is_no_literal(void **state)
{
	static const char *const texts[] = {
	    "",
	    "[",
	    "]",
	    "[]",
	    "192.0.2.1",
	    "[192.0.2.1",
	    "192.0.2.1]",
	    "[192.0.2]",
	    "[192.0.2.256]",
	    "[192.0.2.01]",
	    "[192.0.2.1.]",
	    "[ 192.0.2.1]",
	    "[192.0.2.1]]",
	    "[[192.0.2.1]]",
	    "[192.0.2.0/24]",
	    "[2001:db8::1]",
	    "[::ffff:192.0.2.1]",
	    "[IPv6:192.0.2.1]",
	    "[IPv6:]",
	    "[IPv6]",
	    "[IPv6:2001:db8::1::2]",
	    "[IPv6:fe80::1%lo]",
	    "[IPv7:2001:db8::1]",
	    "[X-tag:content]",
	    "[IPv6:ABCD:EF01:2345:6789:ABCD:EF01:192.168.173.1440000]",
	    "[example.org]",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct ip ip;

		CHECK(!domain_literal(texts[i], &ip), texts[i]);
		CHECK(ip.version == 0, texts[i]);
	}
}

static void
refuses_a_literal_of_10_kb(void **state)
{
	struct arena *a = arena_new();
	struct ip ip;

	(void)state;
	assert_false(domain_literal(arena_printf(a, "[%s]",
					row_of(a, '1', 10240)),
	    &ip));
	arena_free(a);
}

static void
knows_what_is_within_a_domain(void **state)
{
	static const struct {
		const char *name, *parent;
		bool within;
	} rows[] = {
	    {"example.org", "example.org", true},
	    {"mx.example.org", "example.org", true},
	    {"a.b.example.org", "example.org", true},
	    {"badexample.org", "example.org", false},
	    {"example.org", "mx.example.org", false},
	    {"example.org.evil.example", "example.org", false},
	    {"org", "example.org", false},
	    {"example.com", "example.org", false},
	    {"example.org", "", false},
	    {"", "example.org", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK(domain_within(rows[i].name, rows[i].parent) ==
			  rows[i].within,
		    rows[i].name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_names_in_ascii),
	    cmocka_unit_test(makes_a_labels),
	    cmocka_unit_test(limits_lengths),
	    cmocka_unit_test(gives_the_same_when_read_again),
	    cmocka_unit_test(knows_host_names),
	    cmocka_unit_test(reads_literals),
	    cmocka_unit_test(refuses_what_is_no_literal),
	    cmocka_unit_test(refuses_a_literal_of_10_kb),
	    cmocka_unit_test(knows_what_is_within_a_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
