/* SPDX-License-Identifier: MIT */
#include "mail/mailbox.h"

#include "check.h"

#define ZWSP "\xe2\x80\x8b"

static void
reads_what_people_paste(void **state)
{
	static const struct {
		const char *typed, *address, *problem;
	} cases[] = {
	    {"ann@example.org", "ann@example.org", NULL},
	    {" <Ann@Example.org>\r\n", "Ann@example.org", NULL},
	    {"mailto:ann@example.org", "ann@example.org", NULL},
	    {"\xef\xbb\xbf" ZWSP "ann@example.org\xc2\xa0", "ann@example.org",
		NULL},
	    {"\xe3\x80\x80"
	     "ann@example.org\xe2\x80\xae",
		"ann@example.org", NULL},
	    {"j\xc3\xb6rg@example.org", "j\xc3\xb6rg@example.org", NULL},
	    {"\"a b\"@example.org", "\"a b\"@example.org", NULL},
	    {"a" ZWSP "nn@example.org", NULL,
		"U+200B in it, which nobody sees"},
	    {"ann\xe2\x80\xaegro@example.org", NULL,
		"U+202E in it, which nobody sees"},
	    {"a\xc2\xadnn@example.org", NULL,
		"U+00AD in it, which nobody sees"},
	    {"\"a\xc2\xa0"
	     "b\"@example.org",
		NULL, "U+00A0 in it, which nobody sees"},
	    {"a\xee\x80\x80@example.org", NULL,
		"U+E000 in it, which nobody sees"},
	    {"\xef\xbd\x81nn@example.org", NULL,
		"letters or digits of another width or shape in it"},
	    {"-ann@example.org", NULL,
		"a hyphen first, where Postfix does not deliver"},
	    {"\"-ann\"@example.org", NULL,
		"a hyphen first, where Postfix does not deliver"},
	    {"ann@192.0.2.1", NULL,
		"its domain is a number, not a domain name"},
	    {"postmaster", NULL, "no domain"},
	    {"Ann ann@example.org", NULL, "not of the form local@domain"},
	    {"ann@-dash.example", NULL,
		"hyphen at the beginning or end of a label"},
	    {"ann\x01@example.org", NULL, "not of the form local@domain"},
	    {ZWSP, NULL, "no address"},
	    {"", NULL, "no address"},
	    {"mailto:", NULL, "no address"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = {""};
		struct address got;
		enum rc rc = mailbox_read(a, cases[i].typed, &got, &err);

		CHECK((rc == RC_OK) == (cases[i].problem == NULL),
		    cases[i].typed);
		if (rc == RC_OK)
			CHECK_STR(address_text(a, &got), cases[i].address,
			    cases[i].typed);
		else
			CHECK_STR(err.text, cases[i].problem, cases[i].typed);
	}
	arena_free(a);
}

static void
knows_what_dot_forward_cannot_hold(void **state)
{
	static const struct {
		const char *local;
		bool fits;
	} cases[] = {
	    {"ann", true},
	    {"a.b+c-d", true},
	    {"a..b", true},
	    {"j\xc3\xb6rg", true},
	    {"o'neill", true},
	    {"a/b", true},
	    {"a b", false},
	    {"|cmd", false},
	    {"a|b", false},
	    {"`id`", false},
	    {"/etc/passwd", false},
	    {"~/x", false},
	    {"#x", false},
	    {"-x", false},
	    {":include:", false},
	    {"a,b", false},
	    {"a\"b", false},
	    {"a\\b", false},
	    {"a@b", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct address address = {cases[i].local, "example.org"};

		CHECK((mailbox_forward_problem(&address) == NULL) ==
			  cases[i].fits,
		    cases[i].local);
	}
}

static void
counts_one_mailbox_once(void **state)
{
	static const struct {
		const char *local, *domain, *counted;
	} cases[] = {
	    {"Bomb", "example.org", "bomb@example.org"},
	    {"bomb+0", "example.org", "bomb@example.org"},
	    {"bomb+a+b", "example.org", "bomb@example.org"},
	    {"b.omb", "example.org", "b.omb@example.org"},
	    {"B.o.mb+x.y", "gmail.com", "bomb@gmail.com"},
	    {"bomb", "googlemail.com", "bomb@gmail.com"},
	    {"+1234", "example.org", "+1234@example.org"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct address address = {
		    cases[i].local, cases[i].domain};

		CHECK_STR(mailbox_counted_as(a, &address), cases[i].counted,
		    cases[i].local);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_people_paste),
	    cmocka_unit_test(knows_what_dot_forward_cannot_hold),
	    cmocka_unit_test(counts_one_mailbox_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
