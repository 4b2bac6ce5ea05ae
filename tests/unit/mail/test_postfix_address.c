/* SPDX-License-Identifier: MIT */
/*
 * What Postfix 3.7 made of each of these was seen behind a real one;
 * tests/system/test_sender.py looks again.
 */
#include "mail/postfix_address.h"

#include "check.h"

static void
takes_a_path_apart(void **state)
{
	static const struct {
		const char *path, *want; /* NULL: RC_PERM */
	} cases[] = {
	    {"<bob@hard.example>", "bob@hard.example"},
	    {"bob@hard.example", "bob@hard.example"},
	    {"<>", ""},
	    {"", ""},
	    {"<\"\">", ""},
	    {"<@a.example,@b.example:bob@hard.example>", "bob@hard.example"},
	    {"<@a.example:bob>", "bob"},
	    {"<@hard.example>", "@hard.example"},
	    {"<\"bob\"@hard.example>", "bob@hard.example"},
	    {"<\"bob@hard.example\">", "bob@hard.example"},
	    {"<\"bob\\@hard.example\">", "bob@hard.example"},
	    {"<\"a\\\"b c\"@hard.example>", "a\"b c@hard.example"},
	    {"<\"bob\".\"x\"@hard.example>", "bob.x@hard.example"},
	    {"<bob@\"hard.example\">", "bob@hard.example"},
	    {"<bob\\@hard.example>", "bob@hard.example"},
	    {"<bob@[192.0.2.1]>", "bob@[192.0.2.1]"},
	    {"<bob@[IPv6:2001:db8::1]>", "bob@[IPv6:2001:db8::1]"},
	    {"<b\xc3\xb3"
	     "b@hard.example>",
		"b\xc3\xb3"
		"b@hard.example"},
	    {"<bob@(x)hard.example>", "bob@hard.example"},
	    {"<bob((x)\\)@y.example)@hard.example>", "bob@hard.example"},
	    {"< bob @hard.example\t>", "bob@hard.example"},
	    {"< @a.example:bob>", "bob"},
	    {"<ann(x)>", "ann"},
	    {"<ann(x@y.example)>", "ann"},
	    {"<ann(x>", NULL},
	    {"<ann)x>", NULL},
	    {"<Bob <bob@hard.example>>", NULL},
	    {"<<bob@hard.example>>", NULL},
	    {"<grp:bob@hard.example;>", NULL},
	    {"<bob@hard.example,x@a.example>", NULL},
	    {"<\"bob@hard.example>", NULL},
	    {"<bob@hard.example\\>", NULL},
	    {"<\"bob\\", NULL},
	    {"<bob@hard.example", NULL},
	    {"<", NULL},
	    {"<bob\x01@hard.example>", "bob\x01@hard.example"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *got = NULL;
		enum rc rc =
		    postfix_address_unquote(a, cases[i].path, &got, NULL);

		CHECK(rc == (cases[i].want == NULL ? RC_PERM : RC_OK),
		    cases[i].path);
		CHECK_STR(got, cases[i].want, cases[i].path);
	}
	arena_free(a);
}

static void
makes_of_an_address_what_postfix_does(void **state)
{
	static const struct {
		const char *text, *sent, *domain;
		bool whole, at_origin;
	} cases[] = {
	    {"bob@hard.example", "bob@hard.example", "hard.example", true,
		false},
	    {"", "", NULL, true, false},
	    {"MAILER-DAEMON", "", NULL, false, false},
	    {"ann", "ann@mx.remotes.club", "mx.remotes.club", false, true},
	    {"bob%hard.example", "bob@hard.example", "hard.example", false,
		false},
	    {"hard.example!bob", "bob@hard.example", "hard.example", false,
		false},
	    {"b.example!a%c.example", "a%c.example@b.example", "b.example",
		false, false},
	    {"a!hard.example!bob", "hard.example!bob@a", "a", false, false},
	    {"bob%a%hard.example", "bob%a@hard.example", "hard.example", false,
		false},
	    {"bob%hard.example.", "bob%hard.example.@mx.remotes.club",
		"mx.remotes.club", false, true},
	    {"b b%hard.example", "b b%hard.example@mx.remotes.club",
		"mx.remotes.club", false, true},
	    {"[hard.example]!bob", "[hard.example]!bob@mx.remotes.club",
		"mx.remotes.club", false, true},
	    {"bob%hard.example@remotes.club", "bob%hard.example@remotes.club",
		"remotes.club", true, false},
	    {"hard.example!bob@remotes.club", "hard.example!bob@remotes.club",
		"remotes.club", true, false},
	    {"bob@hard.example@remotes.club", "bob@hard.example@remotes.club",
		"remotes.club", true, false},
	    {"bob@HARD.Example.", "bob@HARD.Example", "hard.example", true,
		false},
	    {"%hard.example", "@hard.example", "hard.example", false, false},
	    {"bob!", "@bob", "bob", false, false},
	    {"@hard.example", "@hard.example", "hard.example", false, false},
	    {"bob@[192.0.2.1]", "bob@[192.0.2.1]", NULL, true, false},
	    {"bob@[192.0.2.1", "bob@[192.0.2.1", NULL, false, false},
	    {"bob@192.0.2.1", "bob@192.0.2.1", "192.0.2.1", false, false},
	    {"bob@host", "bob@host", "host", false, false},
	    {"bob@", "bob@", NULL, false, false},
	    {"bob@.", "bob@.", NULL, false, false},
	    {"bob@hard.example..", "bob@hard.example..", NULL, false, false},
	    {"a b@hard.example", "a b@hard.example", "hard.example", true,
		false},
	    {"b\x01@hard.example", "b\x01@hard.example", "hard.example", false,
		false},
	    {"b\xff@hard.example", "b\xff@hard.example", "hard.example", false,
		false},
	    /* Full-width letters are the same name to DNS, and a full-width
	       sign is none to Postfix. */
	    {"bob@\xef\xbd\x88.example", "bob@\xef\xbd\x88.example",
		"h.example", true, false},
	    {"bob\xef\xbc\xa0hard.example",
		"bob\xef\xbc\xa0hard.example@mx.remotes.club",
		"mx.remotes.club", false, true},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *name = cases[i].text;
		struct postfix_address got;

		postfix_address_read(a, name, "mx.remotes.club", &got);
		CHECK_STR(got.text, cases[i].sent, name);
		CHECK_STR(got.domain, cases[i].domain, name);
		CHECK((got.problem == NULL) == cases[i].whole, name);
		CHECK(got.at_origin == cases[i].at_origin, name);
	}
	arena_free(a);
}

static void
gives_a_mailbox_only_where_one_can_be_written(void **state)
{
	static const struct {
		const char *text, *mailbox;
	} cases[] = {
	    {"bob%Hard.Example", "bob@hard.example"},
	    {"a(b@hard.example", "\"a(b\"@hard.example"},
	    {"bob@[192.0.2.1]", "bob@[192.0.2.1]"},
	    {"ann", "ann@mx.remotes.club"},
	    {"@remotes.club", NULL},
	    {"b\x7f@hard.example", NULL},
	    {"bob@a..b", NULL},
	    {"", NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct postfix_address got;

		postfix_address_read(a, cases[i].text, "mx.remotes.club", &got);
		CHECK_STR(got.mailbox.local == NULL
			      ? NULL
			      : address_text(a, &got.mailbox),
		    cases[i].mailbox, cases[i].text);
	}
	arena_free(a);
}

/* In quotes it may be twice as long. */
static void
knows_how_long_a_mailbox_may_be(void **state)
{
	struct arena *a = arena_new();
	struct postfix_address got;
	char local[300] = "";
	const char *text;

	(void)state;
	memset(local, '"', 256);
	text = arena_printf(a, "%s@example.org", local);
	postfix_address_read(a, text, "mx.remotes.club", &got);
	assert_string_equal(got.problem, "too many characters");
	assert_null(got.mailbox.local);
	local[240] = '\0';
	text = arena_printf(a, "%s@example.org", local);
	postfix_address_read(a, text, "mx.remotes.club", &got);
	assert_null(got.problem);
	memset(local, 'a', 257);
	text = arena_printf(a, "%s@example.org", local);
	postfix_address_read(a, text, "mx.remotes.club", &got);
	assert_string_equal(got.problem, "a local part that is too long");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_a_path_apart),
	    cmocka_unit_test(makes_of_an_address_what_postfix_does),
	    cmocka_unit_test(gives_a_mailbox_only_where_one_can_be_written),
	    cmocka_unit_test(knows_how_long_a_mailbox_may_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
