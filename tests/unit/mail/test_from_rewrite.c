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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_author_gets_an_address_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
