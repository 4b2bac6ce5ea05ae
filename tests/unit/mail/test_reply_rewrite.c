/* SPDX-License-Identifier: MIT */
#include "mail/reply_rewrite.h"

#include "base/str.h"
#include "check.h"

static const struct reply_author authors[] = {
    {"t1@fwd.remotes.club", "sue@example.org"},
    {"t2@fwd.remotes.club", "\"s u\"@example.net"},
    {"t3@fwd.remotes.club", "\"x\\\" <e@evil.example>, (\\\"y)\"@x.example"}};
static const struct reply_addresses addresses = {
    "ann@mailbox.example", "ann@remotes.club", authors, COUNT(authors)};

#define STAYS "(it stays)"
#define GOES  NULL

static void
each_field_is_the_members_own(void **state)
{
	static const struct {
		const char *name, *came, *leaves;
	} rows[] = {
	    {"From", " Ann <ann@mailbox.example>",
		"\"Ann\"\n <ann@remotes.club>"},
	    {"From", " =?utf-8?q?J=C3=BC?= <ann@mailbox.example>",
		"=?utf-8?q?J=C3=BC?=\n <ann@remotes.club>"},
	    {"From", " ann@mailbox.example", "<ann@remotes.club>"},
	    {"from", " Ann <ann@work.example>", "\"Ann\"\n <ann@remotes.club>"},
	    {"From", " \"ann@mailbox.example\" <ann@mailbox.example>",
		"<ann@remotes.club>"},
	    {"From", " =?utf-8?q?ann=40mailbox.example?= <x@work.example>",
		"<ann@remotes.club>"},
	    {"From", " a@x.example, b@x.example", "<ann@remotes.club>"},
	    {"From", " what", "<ann@remotes.club>"},
	    {"To", " \"Sue\" <T1@fwd.Remotes.club>,\r\n\tann@mailbox.example",
		"\"Sue\" <sue@example.org>,\n\tann@remotes.club"},
	    {"Cc", "t2@fwd.remotes.club, t1@fwd.remotes.club.",
		"\"s u\"@example.net, sue@example.org."},
	    /* quotes in it end none around it */
	    {"To", " \"t3@fwd.remotes.club\" <b@x.example>",
		"\"\\\"x\\\\\\\" <e@evil.example>, \\(\\\\\\\"y\\)\\\""
		"@x.example\" <b@x.example>"},
	    {"Cc", " b@x.example (a\\) t2@fwd.remotes.club)",
		"b@x.example (a\\) \\\"s u\\\"@example.net)"},
	    {"Cc", " \"a\\\" t2@fwd.remotes.club\" <b@x.example>",
		"\"a\\\" \\\"s u\\\"@example.net\" <b@x.example>"},
	    {"Cc", " \"\\ann@mailbox.example\" <b@x.example>",
		"\"\\ann@remotes.club\" <b@x.example>"},
	    {"Cc", " \"a\" t2@fwd.remotes.club", "\"a\" \"s u\"@example.net"},
	    {"To", " bob@x.example", STAYS},
	    {"To", " joann@mailbox.example, t1@fwd.remotes.club.example",
		STAYS},
	    {"Reply-To", " Ann <Ann@Mailbox.Example>",
		"Ann <ann@remotes.club>"},
	    {"Reply-To", " ann@work.example", STAYS},
	    {"Cc", " =?utf-8?q?ann=40mailbox.example?= <b@x.example>", GOES},
	    {"Subject", " Re: ann@mailbox.example?", "Re: ann@remotes.club?"},
	    {"Cc", " jo.ann@mailbox.example, b@x.example", STAYS},
	    {"Message-ID", " <1.ann@mailbox.example>", "<1.ann@remotes.club>"},
	    {"References", " <1@x.example>\n\t<2.ann@mailbox.example>",
		"<1@x.example>\n\t<2.ann@remotes.club>"},
	    {"Message-ID", " <joann@mailbox.example>", STAYS},
	    {"Sender", " x@y.example", GOES},
	    {"Return-Path", " <>", GOES},
	    {"DKIM-Signature", " v=1", GOES},
	    {"ARC-Seal", " i=1", GOES},
	    {"Disposition-Notification-To", " ann@mailbox.example", GOES},
	    {"Disposition-Notification-To", " x@work.example", STAYS},
	    {"X-Any", " user=ann=40mailbox.example", GOES},
	    {"X-Any", " ann=mailbox.example@x.example", GOES},
	    {"Received", " from x (sender ann@mailbox.example)", GOES},
	    {"Received", " from mx.mailbox.example by x", STAYS},
	    {"Date", " Fri, 27 Nov 2026 10:00:00 +0000", STAYS},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct mail_field field = {
		    rows[i].name, rows[i].came, strlen(rows[i].came)};
		const char *value;

		if (!reply_rewrite_field(a, &addresses, &field, &value))
			value = STAYS;
		CHECK_STR(value, rows[i].leaves,
		    arena_printf(a, "%s:%s", rows[i].name, rows[i].came));
	}
	arena_free(a);
}

/* RFC 5322 2.1.1: an address may take the place of a shorter one. */
static void
lines_stay_within(void **state)
{
	static const struct reply_author author = {
	    "t@f.club", "a.long.local.part.of.an.author@strict.example.org"};
	static const struct reply_addresses to = {
	    "ann@mailbox.example", "ann@remotes.club", &author, 1};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct mail_field field = {.name = "To"};
		const char *value;
		struct str came;

		str_init(&came, a);
		while (came.len < 960)
			str_add(&came, i == 0 ? "t@f.club, " : "t@f.club,");
		field.value = came.text;
		field.len = came.len;
		CHECK(reply_rewrite_field(a, &to, &field, &value), "changed");
		CHECK((value == NULL) == (i == 1), "folded where it can be");
		for (; value != NULL; value = strchr(value + 1, '\n'))
			CHECK(strcspn(value + 1, "\n") < 998, value);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_field_is_the_members_own),
	    cmocka_unit_test(lines_stay_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
