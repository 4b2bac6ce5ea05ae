/* SPDX-License-Identifier: MIT */
#include "mail/address.h"

#include "base/arena.h"
#include "base/str.h"

#include "check.h"

#include <string.h>

struct row {
	const char *name, *text;
	const char *local, *domain; /* NULL: RC_PERM */
};

static void
check_rows(const struct row *rows, size_t n)
{
	struct arena *a = arena_new();

	for (size_t i = 0; i < n; i++) {
		enum rc want = rows[i].local != NULL ? RC_OK : RC_PERM;
		struct address got;
		struct err err = {""};
		enum rc rc = address_read(a, rows[i].text, &got, &err);

		CHECK_STR(rc_name(rc), rc_name(want), rows[i].name);
		CHECK_STR(got.local, rows[i].local, rows[i].name);
		CHECK_STR(got.domain, rows[i].domain, rows[i].name);
		CHECK((rc == RC_PERM) == (err.text[0] != '\0'), rows[i].name);
	}
	arena_free(a);
}

static void
reads_mailboxes(void **state)
{
	static const struct row rows[] = {
	    {"plain", "ann@example.org", "ann", "example.org"},
	    {"brackets", "<ann@example.org>", "ann", "example.org"},
	    {"case", "Ann.B@Example.ORG", "Ann.B", "example.org"},
	    {"dot at the end", "ann@example.org.", "ann", "example.org"},
	    {"all of atext", "!#$%&'*+-/=?^_`{|}~@example.org",
		"!#$%&'*+-/=?^_`{|}~", "example.org"},
	    {"extension", "ann+list@example.org", "ann+list", "example.org"},
	    {"SRS", "<SRS0=691N=7G=example.com=alice@example.org>",
		"SRS0=691N=7G=example.com=alice", "example.org"},
	    {"two dots", "<a..b@example.org>", "a..b", "example.org"},
	    {"dot first", "<.a@example.org>", ".a", "example.org"},
	    {"dot last", "<a.@example.org>", "a.", "example.org"},
	    {"UTF-8", "<jürgen@example.org>", "jürgen", "example.org"},
	    {"UTF-8 on both sides", "用户@例え.テスト", "用户",
		"xn--r8jz45g.xn--zckzah"},
	    {"not normalized", "<u\u0308@example.org>", "u\u0308",
		"example.org"},
	    {"emoji", "<💌@example.org>", "💌", "example.org"},
	    {"U-label", "<ann@münchen.example>", "ann",
		"xn--mnchen-3ya.example"},
	    {"A-label", "<ann@XN--MNCHEN-3YA.example>", "ann",
		"xn--mnchen-3ya.example"},
	    {"underscore", "ann@my_host.example", "ann", "my_host.example"},
	    {"one label", "root@localhost", "root", "localhost"},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void
unquotes_local_parts(void **state)
{
	static const struct row rows[] = {
	    {"needless", "\"ann\"@example.org", "ann", "example.org"},
	    {"space", "<\"john doe\"@example.org>", "john doe", "example.org"},
	    {"at", "<\"a@b\"@example.org>", "a@b", "example.org"},
	    {"bracket", "<\"a>b\"@example.org>", "a>b", "example.org"},
	    {"quote", "<\"a\\\"b\"@example.org>", "a\"b", "example.org"},
	    {"backslash", "<\"a\\\\b\"@example.org>", "a\\b", "example.org"},
	    {"pair that needs none", "<\"\\a\\n\\n\"@example.org>", "ann",
		"example.org"},
	    {"specials", "<\"()<>[]:;,. \"@example.org>", "()<>[]:;,. ",
		"example.org"},
	    {"UTF-8", "<\"jürgen k\"@example.org>", "jürgen k", "example.org"},
	    {"looks like a route", "<\"@a:b\"@example.org>", "@a:b",
		"example.org"},
	    {"only a space", "<\" \"@example.org>", " ", "example.org"},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

/* As Postfix 3.7 hands them to a policy server. */
static void
reads_postfixs_unquoted_form(void **state)
{
	static const struct row rows[] = {
	    {"space", "john doe@example.org", "john doe", "example.org"},
	    {"two spaces", "a  b@example.org", "a  b", "example.org"},
	    {"in brackets it is wrong", "<john doe@example.org>", NULL, NULL},
	    {"space first", " ann@example.org", NULL, NULL},
	    {"space last", "ann @example.org", NULL, NULL},
	    {"only a space", " @example.org", NULL, NULL},
	    {"space in the domain", "ann@example.org bob", NULL, NULL},
	    {"two at signs", "a@b@example.org", NULL, NULL},
	    {"list", "ann@example.org, bob@example.org", NULL, NULL},
	    {"name and address", "Ann <ann@example.org>", NULL, NULL},
	    {"quoted name", "\"Ann\" <ann@example.org>", NULL, NULL},
	    {"comment", "ann(home)@example.org", NULL, NULL},
	    {"quote inside", "a\"b@example.org", NULL, NULL},
	    {"backslash inside", "a\\b@example.org", NULL, NULL},
	    {"file include", ":include:/etc/list@example.org", NULL, NULL},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void
reads_literals(void **state)
{
	static const struct row rows[] = {
	    {"IPv4", "<ann@[192.0.2.1]>", "ann", "[192.0.2.1]"},
	    {"IPv6", "<ann@[IPv6:2001:DB8::1]>", "ann", "[IPv6:2001:DB8::1]"},
	    {"IPv6 without tag", "<ann@[2001:db8::1]>", NULL, NULL},
	    {"not closed", "<ann@[192.0.2.1>", NULL, NULL},
	    {"text behind", "<ann@[192.0.2.1].example>", NULL, NULL},
	    {"empty", "<ann@[]>", NULL, NULL},
	    {"no address", "<ann@[example.org]>", NULL, NULL},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void
drops_source_routes(void **state)
{
	static const struct row rows[] = {
	    {"one host", "<@one.example:ann@example.org>", "ann",
		"example.org"},
	    {"two hosts", "<@one.example,@two.example:ann@example.org>", "ann",
		"example.org"},
	    {"without brackets", "@one.example:ann@example.org", "ann",
		"example.org"},
	    {"quoted mailbox", "<@one.example:\"a:b\"@example.org>", "a:b",
		"example.org"},
	    {"no colon", "<@one.example,ann@example.org>", NULL, NULL},
	    {"no at", "<@one.example,two.example:ann@example.org>", NULL, NULL},
	    {"no mailbox", "<@one.example:>", NULL, NULL},
	    {"no host", "<@:ann@example.org>", NULL, NULL},
	    {"empty second host", "<@one.example,@:ann@example.org>", NULL,
		NULL},
	    {"comma last", "<@one.example,:ann@example.org>", NULL, NULL},
	    {"two routes", "<@one.example:@two.example:ann@example.org>", NULL,
		NULL},
	    {"host that is none", "<@one..example:ann@example.org>", NULL,
		NULL},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void
lets_postmaster_do_without_a_domain(void **state)
{
	static const struct row rows[] = {
	    {"brackets", "<postmaster>", "postmaster", ""},
	    {"any case", "<PostMaster>", "PostMaster", ""},
	    {"bare", "postmaster", "postmaster", ""},
	    {"with a domain", "<Postmaster@example.org>", "Postmaster",
		"example.org"},
	    {"extension", "<postmaster+x>", NULL, NULL},
	    {"abuse", "<abuse>", NULL, NULL},
	    {"anybody else", "ann", NULL, NULL},
	    {"with an at", "<postmaster@>", NULL, NULL},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void
refuses_what_is_no_mailbox(void **state)
{
	static const struct row rows[] = {
	    {"only an at", "@", NULL, NULL},
	    {"catch-all", "@example.org", NULL, NULL},
	    {"empty quotes", "<\"\"@example.org>", NULL, NULL},
	    {"no domain", "<ann@>", NULL, NULL},
	    {"bracket opened", "<ann@example.org", NULL, NULL},
	    {"bracket closed", "ann@example.org>", NULL, NULL},
	    {"only opened", "<", NULL, NULL},
	    {"only closed", ">", NULL, NULL},
	    {"two pairs", "<<ann@example.org>>", NULL, NULL},
	    {"text behind", "<ann@example.org> SIZE=1", NULL, NULL},
	    {"quote opened", "<\"ann@example.org>", NULL, NULL},
	    {"quote closed", "<ann\"@example.org>", NULL, NULL},
	    {"end escaped", "<\"ann\\\"@example.org>", NULL, NULL},
	    {"lone quote", "\"", NULL, NULL},
	    {"backslash at the end", "\"ann\\", NULL, NULL},
	    {"only a backslash", "\\", NULL, NULL},
	    {"quoted pair outside quotes", "<a\\@b@example.org>", NULL, NULL},
	    {"text after quotes", "<\"ann\"b@example.org>", NULL, NULL},
	    {"no at after quotes", "<\"ann\"xexample.org>", NULL, NULL},
	    {"only quotes", "<\"ann\">", NULL, NULL},
	    {"quoted word", "<\"ann\".b@example.org>", NULL, NULL},
	    {"two at signs", "<a@b@example.org>", NULL, NULL},
	    {"comma", "<a,b@example.org>", NULL, NULL},
	    {"line break", "ann@example.org\r\nRCPT TO:<b@c>", NULL, NULL},
	    {"line break in quotes", "<\"a\r\nb\"@example.org>", NULL, NULL},
	    {"escaped line break", "<\"a\\\nb\"@example.org>", NULL, NULL},
	    {"tab", "a\tb@example.org", NULL, NULL},
	    {"escape", "a\033[0m@example.org", NULL, NULL},
	    {"delete", "a\177@example.org", NULL, NULL},
	    {"C1 control", "a\xc2\x9b@example.org", NULL, NULL},
	    {"lone byte", "j\xfcrgen@example.org", NULL, NULL},
	    {"overlong", "a\xc0\xafz@example.org", NULL, NULL},
	    {"overlong at", "a\xc1\x80z@example.org", NULL, NULL},
	    {"surrogate", "a\xed\xa0\x80@example.org", NULL, NULL},
	    {"cut by the at", "a\xe2\x82@example.org", NULL, NULL},
	    {"cut by the end", "<\"a\xe2", NULL, NULL},
	    {"bad byte in quotes", "<\"\xff\"@example.org>", NULL, NULL},
	    {"bad byte in domain", "<ann@ex\xffmple.org>", NULL, NULL},
	    {"X.400 style", "/c=de/s=ann", NULL, NULL},
	    {"bang path", "one!two!ann", NULL, NULL},
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static char *
row_of(struct arena *a, char c, size_t n)
{
	char *row = arena_take(a, n + 1);

	memset(row, c, n);
	return row;
}

static void
limits_lengths(void **state)
{
	struct arena *a = arena_new();
	const char *local = row_of(a, 'a', 256);
	const struct {
		const char *name, *text;
		enum rc rc;
	} rows[] = {
	    {"local part of 256", arena_printf(a, "%s@example.org", local),
		RC_OK},
	    {"of 257", arena_printf(a, "a%s@example.org", local), RC_PERM},
	    {"of 256 in quotes", arena_printf(a, "\"%s\"@example.org", local),
		RC_OK},
	    {"of 257 in quotes", arena_printf(a, "\"a%s\"@example.org", local),
		RC_PERM},
	    {"512 bytes",
		arena_printf(a, "<%s@%.63s.%.63s.%.63s.%.61s>", local, local,
		    local, local, local),
		RC_OK},
	    {"513 bytes",
		arena_printf(a, "<%s@%.63s.%.63s.%.63s.%.61s.>", local, local,
		    local, local, local),
		RC_PERM},
	    {"10 KB", row_of(a, 'a', 10240), RC_PERM},
	    {"10 KB of at signs", row_of(a, '@', 10240), RC_PERM},
	    {"10 KB of quotes", row_of(a, '"', 10240), RC_PERM},
	    {"10 KB of brackets", row_of(a, '<', 10240), RC_PERM},
	    {"10 KB of backslashes",
		arena_printf(a, "\"%s", row_of(a, '\\', 10240)), RC_PERM},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct address got;

		CHECK(address_read(a, rows[i].text, &got, NULL) == rows[i].rc,
		    rows[i].name);
	}
	arena_free(a);
}

static void
knows_the_null_sender(void **state)
{
	struct arena *a = arena_new();
	struct address got;

	(void)state;
	assert_int_equal(address_read(a, "<>", &got, NULL), RC_NONE);
	assert_int_equal(address_read(a, "", &got, NULL), RC_NONE);
	assert_int_equal(address_read(a, "\"\"", &got, NULL), RC_PERM);
	arena_free(a);
}

/* What address_text writes is read back as the same mailbox. */
static void
quotes_what_must_be_quoted(void **state)
{
	static const struct {
		const char *local, *domain, *want;
	} rows[] = {
	    {"ann", "example.org", "ann@example.org"},
	    {"Ann.B", "example.org", "Ann.B@example.org"},
	    {"jürgen", "example.org", "jürgen@example.org"},
	    {"john doe", "example.org", "\"john doe\"@example.org"},
	    {"a@b", "example.org", "\"a@b\"@example.org"},
	    {"a\"b", "example.org", "\"a\\\"b\"@example.org"},
	    {"a\\", "example.org", "\"a\\\\\"@example.org"},
	    {"a..b", "example.org", "\"a..b\"@example.org"},
	    {".a", "example.org", "\".a\"@example.org"},
	    {"a.", "example.org", "\"a.\"@example.org"},
	    {".", "example.org", "\".\"@example.org"},
	    {"a,b", "[192.0.2.1]", "\"a,b\"@[192.0.2.1]"},
	    {"postmaster", "", "postmaster"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct address from = {rows[i].local, rows[i].domain}, back;
		const char *text = address_text(a, &from);

		CHECK_STR(text, rows[i].want, rows[i].local);
		CHECK(address_read(a, text, &back, NULL) == RC_OK, text);
		CHECK_STR(back.local, rows[i].local, text);
		CHECK_STR(back.domain, rows[i].domain, text);
	}
	arena_free(a);
}

static void
makes_keys(void **state)
{
	static const struct {
		const char *local, *domain, *want;
	} rows[] = {
	    {"Ann", "example.org", "ann@example.org"},
	    {"JÜRGEN", "example.org", "jÜrgen@example.org"},
	    {"John Doe", "example.org", "john doe@example.org"},
	    {"A..B", "example.org", "a..b@example.org"},
	    {"ann", "[IPv6:2001:DB8::1]", "ann@[IPv6:2001:DB8::1]"},
	    {"Postmaster", "", "postmaster"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct address from = {rows[i].local, rows[i].domain};

		CHECK_STR(address_key(a, &from), rows[i].want, rows[i].local);
	}
	arena_free(a);
}

static void
knows_roles(void **state)
{
	static const struct {
		const char *local, *delimiter;
		bool is;
	} rows[] = {
	    {"postmaster", "", true},
	    {"PostMaster", "+", true},
	    {"abuse", "+", true},
	    {"ABUSE", "", true},
	    {"abuse+x", "+", true},
	    {"abuse+", "+", true},
	    {"abuse-x", "+", false},
	    {"abuse+x", "", false},
	    {"abuser", "+", false},
	    {"xabuse", "+", false},
	    {"abus", "+", false},
	    {"post", "+", false},
	    {"x+abuse", "+", false},
	    {"hostmaster", "+", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct address address = {rows[i].local, "example.org"};

		CHECK(address_is_role(&address, rows[i].delimiter) ==
			  rows[i].is,
		    rows[i].local);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_mailboxes),
	    cmocka_unit_test(unquotes_local_parts),
	    cmocka_unit_test(reads_postfixs_unquoted_form),
	    cmocka_unit_test(reads_literals),
	    cmocka_unit_test(drops_source_routes),
	    cmocka_unit_test(lets_postmaster_do_without_a_domain),
	    cmocka_unit_test(refuses_what_is_no_mailbox),
	    cmocka_unit_test(limits_lengths),
	    cmocka_unit_test(knows_the_null_sender),
	    cmocka_unit_test(quotes_what_must_be_quoted),
	    cmocka_unit_test(makes_keys),
	    cmocka_unit_test(knows_roles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
