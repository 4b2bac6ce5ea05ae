/* SPDX-License-Identifier: MIT */
#include "mail/dsn.h"

#include "base/str.h"

#include "check.h"
#include "dsn_samples.h"

#include <stdlib.h>

#define TYPE " multipart/report; report-type=delivery-status; boundary=\"b/1\""

/* The first part, of text, and the beginning of the second. */
#define TEXT                                                                   \
	"This is a MIME message.\r\n\r\n--b/1\r\n"                             \
	"Content-Type: text/plain\r\n\r\nAction: failed\r\n\r\n--b/1\r\n"
#define STATUS TEXT "Content-Type: message/delivery-status\r\n\r\n"
#define MTA    "Reporting-MTA: dns; mx.example.org\r\n\r\n"
#define WHO    "Final-Recipient: rfc822; ann@mail.example\r\n"

static char *
failure(struct arena *a, const char *type, const char *body, size_t len)
{
	return dsn_failure(a,
	    &(struct dsn_message){
		.header = {.type = type}, .body = body, .len = len});
}

static void
tells_why_mail_failed(void **state)
{
	static const struct {
		const char *name, *body, *want; /* NULL: nothing failed */
	} cases[] = {
	    {"Postfix",
		STATUS MTA WHO "Action: failed\r\nStatus: 5.1.1\r\n"
			       "Diagnostic-Code: smtp; 550 5.1.1 No such "
			       "user\r\n\r\n--b/1--\r\n",
		"5.1.1 smtp; 550 5.1.1 No such user"},
	    {"folded",
		STATUS MTA "Status: 5.2.2\r\nAction:\r\n\tFailed (full)\r\n"
			   "Diagnostic-Code: smtp; 552\r\n  over\r\n\tquota",
		"5.2.2 smtp; 552 over quota"},
	    {"other ends of lines",
		"--b/1\nContent-type: Message/Delivery-Status; x=y\n\n\n"
		"action: FAILED\nstatus: 5.0.0\n",
		"5.0.0"},
	    {"RFC 6533",
		"--b/1\nContent-Type: message/global-delivery-status\n\n"
		"Action: failed\n",
		"failed"},
	    {"no status", STATUS "Action: failed\nDiagnostic-Code: x; no",
		"x; no"},
	    {"the second recipient",
		STATUS MTA "Action: delayed\nStatus: 4.0.0\n\n"
			   "Action: failed\nStatus: 5.0.0\n\n"
			   "Action: failed\nStatus: 5.0.1\n",
		"5.0.0"},
	    {"the first of a field counts",
		STATUS "Action: failed\nStatus: 5.0.0\nStatus: 2.0.0\n"
		       "Action: relayed\n",
		"5.0.0"},
	    {"bytes", STATUS "Action: failed\nStatus: \x1b[1m\xc3\xa9\x80\n",
		"\\x1b[1m\xc3\xa9\\x80"},
	    {"a delay", STATUS MTA WHO "Action: delayed\nStatus: 4.4.1\n",
		NULL},
	    {"relayed", STATUS MTA "Action: relayed\nStatus: 2.0.0\n", NULL},
	    {"delivered", STATUS MTA "Action: delivered\n", NULL},
	    {"expanded", STATUS MTA "Action: expanded\n", NULL},
	    {"another word", STATUS MTA "Action: failed-not\n", NULL},
	    {"a word in it", STATUS MTA "Action: not failed\n", NULL},
	    {"another field", STATUS MTA "X-Action: failed\n", NULL},
	    {"no action", STATUS MTA WHO "Status: 5.1.1\n", NULL},
	    {"what is returned",
		STATUS MTA "Action: delayed\n--b/1\n"
			   "Content-Type: text/rfc822-headers\n\n"
			   "Action: failed\n--b/1\n"
			   "Content-Type: message/delivery-status\n\n"
			   "Action: failed\n",
		NULL},
	    {"after its end",
		STATUS MTA "Action: delayed\n--b/1--\nAction: failed\n", NULL},
	    {"a read receipt",
		"--b/1\nContent-Type: message/disposition-notification\n\n"
		"Action: failed\n",
		NULL},
	    {"another type",
		"--b/1\nContent-Type: message/delivery-status-not\n\n"
		"Action: failed\n",
		NULL},
	    {"other boundaries",
		"--b/2\nContent-Type: message/delivery-status\n\n"
		"Action: failed\n",
		NULL},
	    {"no part",
		"Content-Type: message/delivery-status\n\n"
		"Action: failed\n",
		NULL},
	    {"a header without end",
		TEXT "Content-Type: message/delivery-status", NULL},
	    {"nothing", "", NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_STR(failure(a, TYPE, cases[i].body,
			      strlen(cases[i].body)),
		    cases[i].want, cases[i].name);
	arena_free(a);
}

static void
understands_many_mail_servers(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(dsn_samples); i++) {
		const struct dsn_sample *s = &dsn_samples[i];

		CHECK_STR(dsn_failure(a,
			      &(struct dsn_message){
				  .header = {s->type, s->encoding},
				  .failed_recipients = s->failed_recipients,
				  .body = s->body,
				  .len = strlen(s->body)}),
		    s->want, s->name);
	}
	arena_free(a);
}

/* Deep, and many: it ends, and soon. */
static void
reads_no_more_than_there_may_be(void **state)
{
	struct arena *a = arena_new();
	struct str s;

	(void)state;
	str_init(&s, a);
	for (unsigned i = 0; i < 5000; i++)
		str_add(&s, "--b\nContent-Type: multipart/mixed; "
			    "boundary=b\n\n");
	for (unsigned i = 0; i < 20000; i++)
		str_add(&s, "--b\n\n");
	assert_null(failure(a, "multipart/mixed; boundary=b", s.text, s.len));
	arena_free(a);
}

static void
finds_the_boundary(void **state)
{
	static const struct {
		const char *type;
		bool found;
	} cases[] = {
	    {"multipart/report; boundary=b/1", true},
	    {"Multipart/Report;\r\n\tBoundary = \"b/1\" ; report-type=x", true},
	    {"multipart/report; x=\"; boundary=no\"; boundary=b/1;", true},
	    {"multipart/report; x=\"\\\"; boundary=no\"; boundary=\"b\\/1\"",
		true},
	    {"multipart/report; boundary=b/2", false},
	    {"multipart/report; boundary-not=b/1", false},
	    {"multipart/report; boundary=", false},
	    {"multipart/report; boundary=\"\"", false},
	    {"multipart/report; boundary", false},
	    {"multipart/report; boundary=\"b/1"
	     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	     "xxxxx",
		false},
	    {"multipart/mixed; boundary=b/1", true},
	    {"multipart/report; boundary*=us-ascii'en'b%2F1", true},
	    {"multipart/report; boundary*0=\"b\"; boundary*1=\"/1\"", true},
	    {"multipart/report; boundary*1*=%2f1; boundary*0*=utf-8''b", true},
	    {"text/plain; boundary=b/1", false},
	    {"multipart/report", false},
	    {"", false},
	};
	static const char body[] = STATUS "Action: failed\n";
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK((failure(a, cases[i].type, body, sizeof(body) - 1) !=
			  NULL) == cases[i].found,
		    cases[i].type);
	arena_free(a);
}

/* Everything up to each byte, in memory that ends there: for the sanitizer. */
static void
reads_no_byte_too_many(void **state)
{
	static const char body[] =
	    STATUS MTA WHO "Action:\r\n failed\r\nStatus: 5.1.1\r\n\r\n--b/1--";
	struct arena *a = arena_new();

	(void)state;
	for (size_t len = 0; len < sizeof(body); len++) {
		char *cut = malloc(len + 1);

		assert_non_null(cut);
		memcpy(cut + 1, body, len);
		failure(a, TYPE, cut + 1, len);
		free(cut);
	}
	arena_free(a);
}

static void
tells_no_more_than_fits(void **state)
{
	struct arena *a = arena_new();
	char body[4096] = STATUS "Action: failed\nStatus: ";

	(void)state;
	memset(body + strlen(body), 'x', sizeof(body) - strlen(body));
	assert_int_equal(strlen(failure(a, TYPE, body, sizeof(body))),
	    DSN_FAILURE_MAX);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_why_mail_failed),
	    cmocka_unit_test(understands_many_mail_servers),
	    cmocka_unit_test(reads_no_more_than_there_may_be),
	    cmocka_unit_test(finds_the_boundary),
	    cmocka_unit_test(reads_no_byte_too_many),
	    cmocka_unit_test(tells_no_more_than_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
