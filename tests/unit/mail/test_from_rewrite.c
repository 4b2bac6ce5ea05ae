/* SPDX-License-Identifier: MIT */
#include "mail/from_rewrite.h"

#include "base/str.h"
#include "check.h"

#define A10   "aaaaaaaaaa"
#define A100  A10 A10 A10 A10 A10 A10 A10 A10 A10 A10
#define A1000 A100 A100 A100 A100 A100 A100 A100 A100 A100 A100

static void
an_author_gets_an_address_of_ours(void **state)
{
	static const struct {
		const char *came, *from, *original, *reply_to;
	} rows[] = {
	    {" Sue Example <sue@example.org>",
		"\"Sue Example via remotes.club\"\n <t@fwd.remotes.club>",
		"Sue Example <sue@example.org>",
		"\"Sue Example\"\n <sue@example.org>"},
	    {"sue@example.org",
		"\"sue at example.org via remotes.club\"\n "
		"<t@fwd.remotes.club>",
		"sue@example.org", "<sue@example.org>"},
	    {" \"ann@remotes.club\"\r\n\t<\"s u\"@Example.ORG> (x)",
		"\"ann at remotes.club via remotes.club\"\n "
		"<t@fwd.remotes.club>",
		"\"ann@remotes.club\"\n\t<\"s u\"@Example.ORG> (x)",
		"\"ann at remotes.club\"\n <\"s u\"@example.org>"},
	    {" team: =?utf-8?q?J=C3=BC?= <sue@b\xc3\xbc"
	     "cher.example>;",
		"=?utf-8?q?J=C3=BC?= \"via remotes.club\"\n "
		"<t@fwd.remotes.club>",
		"team: =?utf-8?q?J=C3=BC?= <sue@b\xc3\xbc"
		"cher.example>;",
		"=?utf-8?q?J=C3=BC?=\n <sue@xn--bcher-kva.example>"},
	    {" (" A1000 ") sue@example.org",
		"\"sue at example.org via remotes.club\"\n "
		"<t@fwd.remotes.club>",
		"<sue@example.org>", "<sue@example.org>"},
	    /* the address is no name that says something else */
	    {" <=?utf-8?q?ceo=40bank.com?=@example.org>",
		"\"via remotes.club\"\n <t@fwd.remotes.club>",
		"<=?utf-8?q?ceo=40bank.com?=@example.org>",
		"<=?utf-8?q?ceo=40bank.com?=@example.org>"},
	    {" \"=?koi8-r?b?X<ceo@bank.com>,Pq?=\" <sue@example.org>",
		"\"sue at example.org via remotes.club\"\n "
		"<t@fwd.remotes.club>",
		"\"=?koi8-r?b?X<ceo@bank.com>,Pq?=\" <sue@example.org>",
		"<sue@example.org>"},
	    /* whoever says so */
	    {" sue@example.org,\nX-Evil: x", NULL,
		"sue@example.org,\n X-Evil: x", NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct mail_field field = {
		    "From", rows[i].came, strlen(rows[i].came)};
		struct from_field from;

		from_field_read(a, &field, 1, &from);
		CHECK(from.n == 1, rows[i].came);
		CHECK_STR(from_rewrite_original(a, &field, &from.mailboxes[0]),
		    rows[i].original, rows[i].came);
		if (rows[i].from == NULL)
			continue;
		CHECK_STR(from_rewrite_value(a, &from.mailboxes[0],
			      "t@fwd.remotes.club", "remotes.club"),
		    rows[i].from, rows[i].came);
		CHECK_STR(from_rewrite_reply_to(a, &from.mailboxes[0]),
		    rows[i].reply_to, rows[i].came);
	}
	arena_free(a);
}

static void
longest_line_is_within(const char *text, const char *name)
{
	for (size_t len; *text != '\0'; text += len + (text[len] != '\0')) {
		len = strcspn(text, "\n");
		CHECK(len + strlen("X-Original-From: ") <= 998, name);
	}
}

/* RFC 5322 2.1.1 */
static void
only_an_address_that_has_room_is_rewritten(void **state)
{
	static const struct {
		const char *name, *came;
		bool possible;
	} rows[] = {
	    {"plain", "sue@example.org", true},
	    {"quoted", "\"s\\\" u\"@example.org", true},
	    {"UTF-8", "s\xc3\xbc@example.org", true},
	    {"long", A100 A100 "@example.org", true},
	    {"of quotes", "\"" A100 A100 "\\\"\\\"\"@example.org", true},
	    {"too long", "\"" A1000 A100 "\"@example.org", false},
	    {"too long without quotes", A1000 "@example.org", false},
	    {"no line, but nobody's", A100 A100 A100 "@example.org", false},
	    {"a control", "\"s\x01u\"@example.org", false},
	    {"no UTF-8", "s\xfc@example.org", false},
	    {"and a name",
		"=?utf-8?q?a?= \"\\\"" A100 A100 A100 A100 A100
		"\" <sue@example.org>",
		true},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct mail_field field = {
		    "From", rows[i].came, strlen(rows[i].came)};
		struct from_field from;
		const struct from_mailbox *author;

		from_field_read(a, &field, 1, &from);
		CHECK(from.n == 1, rows[i].name);
		author = &from.mailboxes[0];
		CHECK(from_rewrite_is_possible(a, author) == rows[i].possible,
		    rows[i].name);
		if (!rows[i].possible)
			continue;
		longest_line_is_within(from_rewrite_reply_to(a, author),
		    rows[i].name);
		longest_line_is_within(from_rewrite_original(a, &field, author),
		    rows[i].name);
		longest_line_is_within(from_rewrite_value(a, author,
					   "t@fwd.remotes.club",
					   "remotes.club"),
		    rows[i].name);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_an_address_that_has_room_is_rewritten),
	    cmocka_unit_test(an_author_gets_an_address_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
