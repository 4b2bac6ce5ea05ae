/* SPDX-License-Identifier: MIT */
#include "mail/dsn.h"

#include "check.h"

static bool
is_ours(const void *context, const char *domain)
{
	return strcmp(domain, context) == 0;
}

static const struct dsn_ours ours = {is_ours, "remotes.club"};

static void
knows_a_report(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	assert_true(dsn_is_report(a, " Multipart/Report; boundary=x"));
	assert_false(dsn_is_report(a, "multipart/mixed"));
	arena_free(a);
}

#define GROUP                                                                  \
	"Final-Recipient: rfc822; Ann@mail.example\r\n"                        \
	"Original-Recipient: rfc822;ann@remotes.club\r\n"
#define HIDDEN                                                                 \
	"Final-Recipient: rfc822; ann@remotes.club\r\n"                        \
	"Original-Recipient: rfc822;ann@remotes.club\r\n"

static void
puts_the_account_in_place_of_the_target(void **state)
{
	static const struct {
		const char *name, *text, *want; /* NULL: nothing to hide */
	} cases[] = {
	    {"a group", GROUP, HIDDEN},
	    {"what a host said", GROUP "550 <ann@MAIL.example>: no\r\n",
		HIDDEN "550 <ann@remotes.club>: no\r\n"},
	    {"the end of a sentence", GROUP "no ann@mail.example.",
		HIDDEN "no ann@remotes.club."},
	    {"a longer one", GROUP "joann@mail.example ann@mail.example.org",
		HIDDEN "joann@mail.example ann@mail.example.org"},
	    {"expanded from",
		"<a@b.example> (expanded from <ann@remotes.club>): x",
		"<ann@remotes.club>: x"},
	    {"folded",
		"<a@b.example> (expanded from\r\n    <ann@remotes.club>): x",
		"<ann@remotes.club>: x"},
	    {"not ours", "<a@b.example> (expanded from <ann@c.example>): x",
		NULL},
	    {"two groups",
		"Final-Recipient: rfc822; a@b.example\n\n"
		"Original-Recipient: rfc822;ann@remotes.club\n",
		NULL},
	    {"nothing", "", NULL},
	    {"only signs", "@@@<@>", NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *out = NULL;
		size_t len;
		enum rc rc = dsn_hide_targets(a, cases[i].text,
		    strlen(cases[i].text), &ours, &out, &len);

		CHECK(rc == (cases[i].want == NULL ? RC_NONE : RC_OK),
		    cases[i].name);
		CHECK_STR(out, cases[i].want, cases[i].name);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_a_report),
	    cmocka_unit_test(puts_the_account_in_place_of_the_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
