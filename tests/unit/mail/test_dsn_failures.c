/* SPDX-License-Identifier: MIT */
/* Which recipients a notification says have failed. */
#include "mail/dsn.h"

#include "base/str.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

#define TYPE "multipart/report; report-type=delivery-status; boundary=b"
#define STATUS                                                                 \
	"--b\r\nContent-Type: text/plain\r\n\r\nFinal-Recipient: "             \
	"rfc822;x@y.example\r\nAction: failed\r\n\r\n--b\r\n"                  \
	"Content-Type: message/delivery-status\r\n\r\n"
#define QUEUE_ID                                                               \
	"Reporting-MTA: dns; mx.remotes.club\r\nX-Postfix-Queue-ID: 4ABC\r\n"  \
	"Arrival-Date: today\r\n\r\n"
#define GROUP(final, original, status)                                         \
	"Final-Recipient: rfc822; " final "\r\n"                               \
	"Original-Recipient: rfc822;" original "\r\nAction: failed\r\n"        \
	"Status: " status "\r\n\r\n"
#define BACK                                                                   \
	"--b\r\nContent-Type: message/rfc822\r\n\r\nDelivered-To: "            \
	"ann@remotes.club\r\nMessage-ID: <1@example.org>\r\n\r\nMessage-ID: "  \
	"<2@x>\r\n--b--\r\n"

static bool
is_ours(const void *context, const char *domain)
{
	(void)context;
	return strcmp(domain, "remotes.club") == 0;
}

static const struct dsn_ours ours = {is_ours, NULL};

/* "queue-id message-id account|final original status|...", "-" for untold. */
static const char *
told(struct arena *a, const char *type, const char *body, size_t len)
{
#define SAID(text) ((text) != NULL ? (text) : "-")
	struct dsn_message message = {
	    .header = {.type = type}, .body = body, .len = len};
	struct dsn_failures got;
	struct str s;

	if (!dsn_read_failures(a, &message, &ours, &got))
		return "none";
	str_init(&s, a);
	str_addf(&s, "%s %s %s", SAID(got.queue_id), SAID(got.message_id),
	    SAID(got.account));
	for (size_t i = 0; i < got.n; i++)
		str_addf(&s, "|%s %s %s", SAID(got.failed[i].recipient),
		    SAID(got.failed[i].original), SAID(got.failed[i].status));
	return s.text;
}

static void
tells_who_has_failed(void **state)
{
	static const struct {
		const char *name, *body, *want;
	} rows[] = {
	    {"one",
		STATUS QUEUE_ID GROUP("ann@mailbox.example", "ann@remotes.club",
		    "5.1.1") BACK,
		"4ABC <1@example.org> ann@remotes.club|"
		"ann@mailbox.example ann@remotes.club 5.1.1"},
	    {"two, and one that waits",
		STATUS QUEUE_ID GROUP("ann@a.example", "ann@remotes.club",
		    "5.1.1") "Final-Recipient: rfc822; x@c.example\r\n"
			     "Action: delayed\r\nStatus: 4.4.1\r\n\r\n" GROUP(
				 "bob@b.example", "bob@remotes.club",
				 "4.4.1 (expired)") "--b--\r\n",
		"4ABC - -|ann@a.example ann@remotes.club 5.1.1|"
		"bob@b.example bob@remotes.club 4.4.1"},
	    {"brackets, case and folds",
		STATUS "final-recipient: RFC822;\r\n <Ann@Mailbox.Example>\r\n"
		       "action:\r\n\tFAILED\r\n--b--\r\n",
		"- - -|Ann@mailbox.example - -"},
	    {"no addresses",
		STATUS "Final-Recipient: rfc822; nobody\r\n"
		       "Original-Recipient: x@y\r\nAction: failed\r\n"
		       "Status: all\r\n",
		"- - -|- - -"},
	    {"delayed",
		STATUS QUEUE_ID "Final-Recipient: rfc822; a@b.example\r\n"
				"Action: delayed\r\n\r\n--b--\r\n",
		"none"},
	    {"no status", "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--",
		"none"},
	    {"nothing", "", "none"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_STR(told(a, TYPE, rows[i].body, strlen(rows[i].body)),
		    rows[i].want, rows[i].name);
	arena_free(a);
}

static void
keeps_no_more_than_fit(void **state)
{
	struct arena *a = arena_new();
	struct dsn_failures got;
	struct str s;

	(void)state;
	str_init(&s, a);
	str_add(&s, STATUS);
	for (size_t i = 0; i < 1000; i++)
		str_add(&s, GROUP("a@b.example", "c@remotes.club", "5.1.1"));
	CHECK(dsn_read_failures(a,
		  &(struct dsn_message){
		      .header = {.type = TYPE}, .body = s.text, .len = s.len},
		  &ours, &got),
	    "many");
	assert_int_equal(got.n, DSN_FAILED_MAX);
	arena_free(a);
}

/* Everything up to each byte, in memory that ends there: for the sanitizer. */
static void
reads_no_byte_too_many(void **state)
{
	static const char body[] = STATUS QUEUE_ID GROUP("ann@mailbox.example",
	    "ann@remotes.club", "5.1.1") BACK;
	struct arena *a = arena_new();

	(void)state;
	for (size_t len = 0; len < sizeof(body); len++) {
		char *cut = malloc(len + 1);

		assert_non_null(cut);
		memcpy(cut + 1, body, len);
		told(a, TYPE, cut + 1, len);
		free(cut);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_who_has_failed),
	    cmocka_unit_test(keeps_no_more_than_fit),
	    cmocka_unit_test(reads_no_byte_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
