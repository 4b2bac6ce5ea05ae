/* SPDX-License-Identifier: MIT */
#include "policy/facts.h"

#include "check.h"

static void
derives_what_the_checks_need(void **state)
{
	static const struct {
		const char *name, *helo, *sender, *recipient;
		bool helo_invalid, helo_literal;
		const char *helo_domain, *sender_domain;
		bool sender_complete, role;
	} cases[] = {
	    {"plain", "MX.Example.org", "bob@Example.ORG", "ann@remotes.club",
		false, false, "mx.example.org", "example.org", true, false},
	    {"literal", "[192.0.2.1]", "", "Postmaster@remotes.club", false,
		true, NULL, NULL, true, true},
	    {"v6 literal", "[IPv6:2001:db8::1]", "", "abuse@remotes.club",
		false, true, NULL, NULL, true, true},
	    {"bare address", "192.0.2.1", "bob", "postmaster", true, false,
		NULL, "mx.remotes.club", false, true},
	    {"nonsense", "what is this", "bob@a..b", "nobody", true, false,
		NULL, NULL, false, false},
	    {"nothing", "", "", "", false, false, NULL, NULL, true, false},
	    {"percent hack", "a.example", "bob%a.example", "abuse%remotes.club",
		false, false, "a.example", "a.example", false, true},
	    {"U-label", "mx.m\xc3\xbcnchen.example", "b@m\xc3\xbcnchen.example",
		"ann+shop@remotes.club", false, false,
		"mx.xn--mnchen-3ya.example", "xn--mnchen-3ya.example", true,
		false},
	    {"odd local part", "a.example", "\"a b\"@x@example.org",
		"postmaster+x@remotes.club", false, false, "a.example",
		"example.org", true, true},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct facts f = {
		    .helo = cases[i].helo,
		    .sender = cases[i].sender,
		    .recipient = cases[i].recipient,
		};

		facts_complete(&f, a, "+", "mx.remotes.club");
		CHECK(f.helo_invalid == cases[i].helo_invalid, cases[i].name);
		CHECK((f.helo_literal.version != 0) == cases[i].helo_literal,
		    cases[i].name);
		CHECK_STR(f.helo_domain, cases[i].helo_domain, cases[i].name);
		CHECK_STR(f.from.domain, cases[i].sender_domain, cases[i].name);
		CHECK((f.from.problem == NULL) == cases[i].sender_complete,
		    cases[i].name);
		CHECK(f.to_role == cases[i].role, cases[i].name);
	}
	arena_free(a);
}

static void
knows_the_states_of_smtp(void **state)
{
	static const char *const names[] = {"CONNECT", "HELO", "MAIL", "RCPT",
	    "DATA", "END-OF-MESSAGE", "VRFY", "ETRN"};
	enum smtp_state got;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		CHECK(smtp_state_read(names[i], &got), names[i]);
		CHECK_STR(smtp_state_name(got), names[i], names[i]);
	}
	assert_true(smtp_state_read("EHLO", &got));
	assert_int_equal(got, SMTP_HELO);
	assert_false(smtp_state_read("NOOP", &got));
	assert_false(smtp_state_read("", &got));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(derives_what_the_checks_need),
	    cmocka_unit_test(knows_the_states_of_smtp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
