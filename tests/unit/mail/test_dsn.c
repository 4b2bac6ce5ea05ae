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

static enum rc
hide(struct arena *a, const char *type, const char *text, const char **out,
    size_t *len)
{
	return dsn_hide_targets(a,
	    &(struct dsn_message){
		.header = {.type = type}, .body = text, .len = strlen(text)},
	    &ours, out, len);
}

#define TO(text) GROUP text "\r\n"
#define SO(text) HIDDEN text "\r\n"

static void
finds_the_target_however_it_is_glued(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {TO("550 'ann@mail.example' is no user"),
		SO("550 'ann@remotes.club' is no user")},
	    {TO("to=ann@mail.example, `ann@mail.example' {ann@mail.example}"),
		SO("to=ann@remotes.club, `ann@remotes.club' "
		   "{ann@remotes.club}")},
	    {TO("|ann@mail.example|*ann@mail.example*/ann@mail.example"),
		SO("|ann@remotes.club|*ann@remotes.club*/ann@remotes.club")},
	    {TO("?rcpt=ann@mail.example&_ann@mail.example_"),
		SO("?rcpt=ann@remotes.club&_ann@remotes.club_")},
	    {TO("ann@mail.example-disabled"), SO("ann@remotes.club-disabled")},
	    {TO("ann%40mail.example"), SO("ann%40remotes.club")},
	    {TO("=61=20ANN=40Mail.Example"), SO("=61=20ann=40remotes.club")},
	    {TO("x=3Dann@mail.example"), SO("x=3Dann@remotes.club")},
	    {TO("x-ann=mail.example@list"), SO("x-ann=remotes.club@list")},
	    {TO("ann%mail.example@gate"), SO("ann%remotes.club@gate")},
	    {TO("mail.example!ann"), SO("remotes.club!ann")},
	    {TO("ann at mail.example, ann[at]mail.example"),
		SO("ann at remotes.club, ann[at]remotes.club")},
	    {TO("host mx.mail.example[192.0.2.20] said: no"),
		SO("host remotes.club[192.0.2.20] said: no")},
	    {TO("To: bob@mail.example, joann@mail.example"),
		SO("To: bob@mail.example, joann@mail.example")},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *out = NULL;
		size_t len;

		CHECK(hide(a, NULL, cases[i].text, &out, &len) == RC_OK,
		    cases[i].text);
		CHECK_STR(out, cases[i].want, cases[i].text);
	}
	arena_free(a);
}

/* RC_PERM: another report takes its place. */
static void
does_not_let_pass_what_it_cannot_clean(void **state)
{
	static const char type[] = "multipart/report; boundary=b";
	static const char *const bodies[] = {
	    GROUP "\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\n"
		  "eCBhbm5AbWFpbC5leGFtcGxlCg==\r\n--b--\r\n",
	    GROUP "\r\n--b\r\nContent-Transfer-Encoding: "
		  "quoted-printable\r\n\r\nann@mail.=\r\nexample\r\n",
	    GROUP "\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
		  "Content-Transfer-Encoding: base64\r\n\r\n"
		  "eCBhbm5AbWFpbC5leGFtcGxlCg==\r\n--b--\r\n",
	    GROUP "X: ann@mail\r\n .example\r\n",
	    GROUP "X: =?utf-8?b?eCBhbm5AbWFpbC5leGFtcGxl?=\r\n",
	    GROUP "X: =?utf-8?q?=61nn=40mail.example?=\r\n",
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		const char *out;
		size_t len;

		CHECK(hide(a, type, bodies[i], &out, &len) == RC_PERM,
		    bodies[i]);
	}
	arena_free(a);
}

static void
writes_a_report_with_the_account_alone(void **state)
{
	static const char body[] =
	    "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
	    "Reporting-MTA: dns; mx.mail.example\r\n\r\n" GROUP
	    "Action: failed\r\nStatus: 5.2.2 (ann@mail.example)\r\n"
	    "--b\r\nContent-Type: message/rfc822\r\n\r\n"
	    "Delivered-To: SRS0=x@remotes.club\r\n"
	    "Delivered-To: ann@remotes.club\r\n\r\n--b--\r\n";
	const struct dsn_message message = {
	    .header = {.type = "multipart/report; boundary=b"},
	    .body = body,
	    .len = sizeof(body) - 1};
	struct arena *a = arena_new();
	struct dsn_about about;
	const char *type, *made;

	(void)state;
	assert_true(dsn_read(a, &message, &ours, &about));
	assert_string_equal(about.account, "ann@remotes.club");
	assert_string_equal(about.action, "failed");
	assert_string_equal(about.status, "5.2.2");
	made = dsn_compose(a, &about, "mx.remotes.club", &type);
	assert_non_null(strstr(made, "<ann@remotes.club> could not be"));
	assert_non_null(strstr(made, "the mailbox is full"));
	assert_string_equal(dsn_failure(a,
				&(struct dsn_message){.header = {.type = type},
				    .body = made,
				    .len = strlen(made)}),
	    "5.2.2 This is the mail system at host mx.remotes.club.");
	arena_free(a);
}

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
		enum rc rc = hide(a, NULL, cases[i].text, &out, &len);

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
	    cmocka_unit_test(finds_the_target_however_it_is_glued),
	    cmocka_unit_test(does_not_let_pass_what_it_cannot_clean),
	    cmocka_unit_test(writes_a_report_with_the_account_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
