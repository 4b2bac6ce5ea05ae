/* SPDX-License-Identifier: MIT */
#include "mail/from_field.h"

#include "base/str.h"
#include "check.h"

#define BYTES(literal) literal, sizeof(literal) - 1

static struct from_field
from_field_of(struct arena *a, const char *value, size_t len)
{
	const struct mail_field fields[] = {
	    {"Subject", " x@subject.example", 18},
	    {"from", value, len},
	    {"Resent-From", " x@resent.example", 17},
	};
	struct from_field from;

	from_field_read(a, fields, COUNT(fields), &from);
	return from;
}

static void
check_from_domain(const char *value, size_t len, const char *domain)
{
	struct arena *a = arena_new();
	struct from_field from = from_field_of(a, value, len);

	if (from.kind != FROM_FIELD_ONE)
		fail_msg("%s: %s", value, from.problem);
	CHECK_STR(from.domain, domain, value);
	CHECK(from.problem == NULL && from.n > 0, value);
	arena_free(a);
}

static void
finds_the_domain(void **state)
{
	static const struct {
		const char *value, *domain;
	} cases[] = {
	    {"ann@example.com", "example.com"},
	    {" Ann <ann@example.com>", "example.com"},
	    {"<ann@example.com>", "example.com"},
	    {"Ann@EXAMPLE.COM", "example.com"},
	    {"ann@example.com.", "example.com"},
	    {"Ann<ann@example.com>", "example.com"},
	    {"Ann  Q. Smith <ann@example.com>", "example.com"},
	    {"\"Smith, Ann\" <ann@example.com>", "example.com"},
	    {"\"ann@evil.example\" <ann@example.com>", "example.com"},
	    {"\"<ann@evil.example>\" <ann@example.com>", "example.com"},
	    {"\"\\\"ann@evil.example\\\"\" <ann@example.com>", "example.com"},
	    /* without the quotes that they should have */
	    {"ann@evil.example <ann@example.com>", "example.com"},
	    {"Smith, Ann <ann@example.com>", "example.com"},
	    {"[Team] Ann <ann@example.com>", "example.com"},
	    {"J\xf6rg <ann@example.com>", "example.com"},
	    {"J\xc3\xb6rg <ann@example.com>", "example.com"},
	    /* not decoded (RFC 2047 5) */
	    {"=?utf-8?q?ann=40evil.example?= <ann@example.com>", "example.com"},
	    {"=?utf-8?b?PGFubkBldmlsLmV4YW1wbGU+?= <ann@example.com>",
		"example.com"},
	    /* comments */
	    {"ann@example.com (ann@evil.example)", "example.com"},
	    {"(a (b) <c@evil.example> \\) d) ann@example.com", "example.com"},
	    {"Ann (\"x) <ann@example.com>", "example.com"},
	    {"ann(x)@(y)example(z).com", "example.com"},
	    {"\"(\" <ann@example.com> (x)", "example.com"},
	    /* obsolete: RFC 5322 4.4 */
	    {"ann @ example . com", "example.com"},
	    {"Ann\r\n <ann@\r\n example.com>", "example.com"},
	    {"Ann\n\t<ann@example.com>\n ", "example.com"},
	    {"<@evil.example:ann@example.com>", "example.com"},
	    {"<@a.example,@b.example : ann@example.com>", "example.com"},
	    {"a.\"b c\".d@example.com", "example.com"},
	    {", ,ann@example.com,,", "example.com"},
	    /* quoted local parts */
	    {"\"a b@evil.example\"@example.com", "example.com"},
	    {"\"a,b\"@example.com", "example.com"},
	    {"\"a\\\"@evil.example,\"@example.com", "example.com"},
	    {"<\"a>b\"@example.com>", "example.com"},
	    {"a..b@example.com", "example.com"},
	    /* several mailboxes, one domain */
	    {"a@example.com, b@example.com", "example.com"},
	    {"a@example.com, B <b@Example.Com>", "example.com"},
	    {"a@example.com; b@example.com;", "example.com"},
	    {"ann@b\xc3\xbc"
	     "cher.example, ann@xn--bcher-kva.example",
		"xn--bcher-kva.example"},
	    /* groups: RFC 6854 */
	    {"Team: a@example.com, b@example.com;", "example.com"},
	    {"\"A, B\": Ann <a@example.com>;, b@example.com", "example.com"},
	    {"Team: a@example.com", "example.com"},
	    {"None:;, a@example.com", "example.com"},
	    /* U-labels: RFC 9989 5.3.1 */
	    {"ann@b\xc3\xbc"
	     "cher.example",
		"xn--bcher-kva.example"},
	    {"\xc3\xa4nn@B\xc3\x9c"
	     "CHER.example",
		"xn--bcher-kva.example"},
	    {"ann@localhost", "localhost"},
	    {"ann@_x.example.com", "_x.example.com"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check_from_domain(cases[i].value, strlen(cases[i].value),
		    cases[i].domain);
}

static void
tells_what_has_no_single_domain(void **state)
{
	static const struct {
		const char *value;
		size_t len;
		enum from_field_kind kind;
		const char *problem;
	} cases[] = {
	    {BYTES(""), FROM_FIELD_NONE, "an empty field"},
	    {BYTES(" \r\n\t(x)"), FROM_FIELD_NONE, "an empty field"},
	    {BYTES("undisclosed-recipients:;"), FROM_FIELD_NONE,
		"a field without an address"},
	    {BYTES("Ann"), FROM_FIELD_NONE, "a field without an address"},
	    {BYTES("ann.example.com"), FROM_FIELD_NONE,
		"a field without an address"},
	    {BYTES("=?utf-8?q?Ann_=3Cann=40example.com=3E?="), FROM_FIELD_NONE,
		"a field without an address"},
	    {BYTES("ann@[192.0.2.1]"), FROM_FIELD_NONE,
		"an address literal, which is no domain"},
	    {BYTES("Ann <ann@[IPv6:2001:db8::1]>"), FROM_FIELD_NONE,
		"an address literal, which is no domain"},
	    {BYTES("a@example.com, b@evil.example"), FROM_FIELD_DOMAINS,
		"authors at example.com and at evil.example"},
	    {BYTES("A <a@example.com>, \"B\" <b@mail.example.com>"),
		FROM_FIELD_DOMAINS,
		"authors at example.com and at mail.example.com"},
	    {BYTES("Team: a@example.com;, b@evil.example"), FROM_FIELD_DOMAINS,
		"authors at example.com and at evil.example"},
	    {BYTES("a@example.com; b@evil.example"), FROM_FIELD_DOMAINS,
		"authors at example.com and at evil.example"},
	    {BYTES("a@example.com, b@[192.0.2.1]"), FROM_FIELD_DOMAINS,
		"authors at example.com and at an address literal"},
	    {BYTES("a@[192.0.2.1], b@example.com"), FROM_FIELD_DOMAINS,
		"authors at example.com and at an address literal"},
	    {BYTES("ann@evil.example@example.com"), FROM_FIELD_UNREADABLE,
		"two '@' in one address"},
	    {BYTES("<ann@evil.example@example.com>"), FROM_FIELD_UNREADABLE,
		"two '@' in one address"},
	    {BYTES("ann@example.com <"), FROM_FIELD_UNREADABLE,
		"'<' without '>'"},
	    {BYTES("Ann <ann@example.com"), FROM_FIELD_UNREADABLE,
		"'<' without '>'"},
	    {BYTES("Ann ann@example.com>"), FROM_FIELD_UNREADABLE,
		"'>' where none may be"},
	    {BYTES("<ann@example.com> ann@evil.example"), FROM_FIELD_UNREADABLE,
		"text behind an address in brackets"},
	    {BYTES("<ann@example.com> <ann@evil.example>"),
		FROM_FIELD_UNREADABLE, "'<' behind an address in brackets"},
	    {BYTES("<<ann@example.com>>"), FROM_FIELD_UNREADABLE,
		"'<' within brackets"},
	    {BYTES("<>"), FROM_FIELD_UNREADABLE, "brackets without an address"},
	    {BYTES("ann@example.com, <>"), FROM_FIELD_UNREADABLE,
		"brackets without an address"},
	    {BYTES("<ann>"), FROM_FIELD_UNREADABLE,
		"brackets without an address"},
	    {BYTES("<a@example.com, b@evil.example>"), FROM_FIELD_UNREADABLE,
		"',' within brackets"},
	    {BYTES("<mailto:ann@example.com>"), FROM_FIELD_UNREADABLE,
		"':' within brackets"},
	    {BYTES("@example.com"), FROM_FIELD_UNREADABLE,
		"an address without a local part"},
	    {BYTES("<@evil.example>"), FROM_FIELD_UNREADABLE,
		"an address without a local part"},
	    {BYTES("@evil.example:ann@example.com"), FROM_FIELD_UNREADABLE,
		"an address before ':'"},
	    {BYTES("ann@evil.example: ann@example.com;"), FROM_FIELD_UNREADABLE,
		"an address before ':'"},
	    {BYTES("Ann ann@example.com"), FROM_FIELD_UNREADABLE,
		"words beside an address"},
	    {BYTES("ann@example.com Ann"), FROM_FIELD_UNREADABLE,
		"words beside an address"},
	    {BYTES("ann@example.com bob@evil.example"), FROM_FIELD_UNREADABLE,
		"words beside an address"},
	    {BYTES("ann@exam(x)ple.com"), FROM_FIELD_UNREADABLE,
		"words beside an address"},
	    {BYTES("\"a\"b@example.com"), FROM_FIELD_UNREADABLE,
		"words beside an address"},
	    {BYTES("ann@\"example.com\""), FROM_FIELD_UNREADABLE,
		"quotes in a domain"},
	    {BYTES("\"ann@example.com\""), FROM_FIELD_UNREADABLE,
		"an address in quotes"},
	    {BYTES("\"ann@evil.example\", bob@example.com"),
		FROM_FIELD_UNREADABLE, "an address in quotes"},
	    {BYTES("ann@example.com[192.0.2.1]"), FROM_FIELD_UNREADABLE,
		"brackets within an address"},
	    {BYTES("ann\\@evil.example@example.com"), FROM_FIELD_UNREADABLE,
		"'\\' where none may be"},
	    {BYTES("ann@example.com (x"), FROM_FIELD_UNREADABLE,
		"a comment without an end"},
	    {BYTES("ann@example.com x)"), FROM_FIELD_UNREADABLE,
		"')' where none may be"},
	    {BYTES("\"Ann <ann@example.com>"), FROM_FIELD_UNREADABLE,
		"quotes without an end"},
	    {BYTES("\"Ann\\"), FROM_FIELD_UNREADABLE, "quotes without an end"},
	    {BYTES("ann@[192.0.2.1"), FROM_FIELD_UNREADABLE, "'[' without ']'"},
	    {BYTES("ann@exam\0ple.com"), FROM_FIELD_UNREADABLE,
		"a NUL in the field"},
	    {BYTES("ann@example.com\0, x"), FROM_FIELD_UNREADABLE,
		"a NUL in the field"},
	    {BYTES("ann@-example.com"), FROM_FIELD_UNREADABLE,
		"\"-example.com\": hyphen at the beginning or end of a label"},
	    {BYTES("ann@"), FROM_FIELD_UNREADABLE, "\"\": empty label"},
	    {BYTES("ann@example..com"), FROM_FIELD_UNREADABLE,
		"\"example..com\": empty label"},
	    {BYTES("ann@exam\x1bple.com"), FROM_FIELD_UNREADABLE,
		"\"exam\\x1bple.com\": not a letter, digit, hyphen or "
		"underscore"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct from_field from =
		    from_field_of(a, cases[i].value, cases[i].len);

		CHECK_STR(from_field_kind_name(from.kind),
		    from_field_kind_name(cases[i].kind), cases[i].value);
		CHECK_STR(from.problem, cases[i].problem, cases[i].value);
		CHECK(from.domain == NULL, cases[i].value);
		arena_reset(a);
	}
	arena_free(a);
}

static void
counts_the_fields(void **state)
{
	static const struct mail_field fields[] = {
	    {"To", " x@to.example", 13},
	    {"From ", " ann@example.com", 16},
	    {"FROM", " ann@example.com", 16},
	};
	struct arena *a = arena_new();
	struct from_field from;

	(void)state;
	from_field_read(a, fields, 1, &from);
	assert_int_equal(from.kind, FROM_FIELD_NONE);
	assert_string_equal(from.problem, "no From field");
	from_field_read(a, fields, 2, &from);
	assert_int_equal(from.kind, FROM_FIELD_ONE);
	from_field_read(a, fields, 3, &from);
	assert_int_equal(from.kind, FROM_FIELD_FIELDS);
	assert_string_equal(from.problem, "2 From fields");
	assert_null(from.domain);
	arena_free(a);
}

static void
gives_the_mailboxes(void **state)
{
	static const struct {
		const char *value, *name, *local, *domain;
	} cases[] = {
	    {"ann@example.com", "", "ann", "example.com"},
	    {"\"Smith, Ann\"  (x) Q. <\"a b\"@Example.com>", "Smith, Ann Q.",
		"a b", "example.com"},
	    {"[Team] ann@home <@x.example:Ann@example.com>", "[Team] ann@home",
		"Ann", "example.com"},
	    {"\"\xe2\x82\xac\r\n 5\" <a.\"b\".c@example.com>", "\xe2\x82\xac 5",
		"a.b.c", "example.com"},
	    {"Ann <ann@[192.0.2.1]>", "Ann", "ann", "[192.0.2.1]"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *value = cases[i].value;
		struct from_field from = from_field_of(a, value, strlen(value));

		CHECK(from.n == 1, value);
		CHECK_STR(from.mailboxes[0].name, cases[i].name, value);
		CHECK_STR(from.mailboxes[0].address.local, cases[i].local,
		    value);
		CHECK_STR(from.mailboxes[0].address.domain, cases[i].domain,
		    value);
	}
	arena_free(a);
}

/* A text of a piece n times, and one behind it. */
static struct str
repeated(struct arena *a, const char *piece, size_t n, const char *last)
{
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < n; i++)
		str_add(&s, piece);
	str_add(&s, last);
	return s;
}

static void
reads_long_fields(void **state)
{
	static const struct {
		const char *piece, *last;
		enum from_field_kind kind;
		size_t n;
	} cases[] = {
	    {"a@example.com, ", "b@example.com", FROM_FIELD_ONE,
		FROM_FIELD_MAILBOXES_MAX},
	    {"a@example.com, ", "b@evil.example", FROM_FIELD_DOMAINS,
		FROM_FIELD_MAILBOXES_MAX},
	    {"(", "ann@example.com", FROM_FIELD_UNREADABLE, 0},
	    {"()", "ann@example.com", FROM_FIELD_ONE, 1},
	    {"\"\" ", "<ann@example.com>", FROM_FIELD_ONE, 1},
	    {"a.", "ann@example.com", FROM_FIELD_ONE, 1},
	    {"a ", "<ann@example.com>", FROM_FIELD_ONE, 1},
	    {"@", "ann@example.com", FROM_FIELD_UNREADABLE, 0},
	    {"a:", "ann@example.com", FROM_FIELD_ONE, 1},
	    {",", "", FROM_FIELD_NONE, 0},
	    {"<", "", FROM_FIELD_UNREADABLE, 0},
	    {"a.", "a@b", FROM_FIELD_ONE, 1},
	    {"a@a.", "", FROM_FIELD_UNREADABLE, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *a = arena_new();
		struct str s =
		    repeated(a, cases[i].piece, 100000, cases[i].last);
		struct from_field from = from_field_of(a, s.text, s.len);

		CHECK_STR(from_field_kind_name(from.kind),
		    from_field_kind_name(cases[i].kind), cases[i].piece);
		CHECK(from.n == cases[i].n, cases[i].piece);
		arena_free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_the_domain),
	    cmocka_unit_test(tells_what_has_no_single_domain),
	    cmocka_unit_test(counts_the_fields),
	    cmocka_unit_test(gives_the_mailboxes),
	    cmocka_unit_test(reads_long_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
