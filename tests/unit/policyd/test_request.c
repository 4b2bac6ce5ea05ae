/* SPDX-License-Identifier: MIT */
#include "request.h"

#include "check.h"

#define BEGINNING "request=smtpd_access_policy\n"

static void
reads_what_postfix_sends(void **state)
{
	static const char text[] = BEGINNING
	    "protocol_state=RCPT\nprotocol_name=ESMTP\n"
	    "client_address=::ffff:192.0.2.1\nclient_name=unknown\n"
	    "reverse_client_name=mail.example.org\nhelo_name=mx.example.org\n"
	    "sender=bob@example.org\nrecipient=ann@remotes.club\n"
	    "recipient_count=0\nqueue_id=\ninstance=1a2b.3c.0\nsize=0\n"
	    "sasl_username=\nserver_address=203.0.113.1\nserver_port=25\n"
	    "some_new_attribute=x=y\n\n";
	struct arena *a = arena_new();
	struct facts f;

	(void)state;
	assert_int_equal(request_read(a, text, sizeof(text) - 1, &f, NULL),
	    RC_OK);
	assert_int_equal(f.state, SMTP_RCPT);
	assert_string_equal(ip_text(a, &f.client), "192.0.2.1");
	assert_string_equal(ip_text(a, &f.server), "203.0.113.1");
	assert_null(f.client_name);
	assert_string_equal(f.reverse_name, "mail.example.org");
	assert_string_equal(f.helo, "mx.example.org");
	assert_string_equal(f.sender, "bob@example.org");
	assert_string_equal(f.recipient, "ann@remotes.club");
	assert_null(f.sasl_user);
	assert_null(f.queue_id);
	assert_string_equal(f.instance, "1a2b.3c.0");
	arena_free(a);
}

static void
a_sender_is_known_only_from_mail_on(void **state)
{
	static const struct {
		const char *text, *sender;
	} cases[] = {
	    {BEGINNING "protocol_state=CONNECT\nsender=\n\n", NULL},
	    {BEGINNING "protocol_state=EHLO\nsender=\n\n", NULL},
	    {BEGINNING "protocol_state=MAIL\nsender=\n\n", ""},
	    {BEGINNING "protocol_state=DATA\nsender=\n\n", ""},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct facts f;

		CHECK(request_read(a, cases[i].text, strlen(cases[i].text), &f,
			  NULL) == RC_OK,
		    cases[i].text);
		CHECK_STR(f.sender, cases[i].sender, cases[i].text);
	}
	arena_free(a);
}

static void
finds_the_end_of_a_request(void **state)
{
	static const struct {
		const char *name, *bytes;
		size_t len, whole;
		enum rc rc;
	} cases[] = {
	    {"nothing", "", 0, 0, RC_OK},
	    {"half a line", "request=smt", 11, 0, RC_OK},
	    {"half a request", "a=b\n", 4, 0, RC_OK},
	    {"whole", "a=b\n\n", 5, 5, RC_OK},
	    {"two", "a=b\n\nc=d\n\n", 10, 5, RC_OK},
	    {"empty", "\n", 1, 1, RC_OK},
	    {"empty value", "a=\n\n", 4, 4, RC_OK},
	    {"UTF-8", "a=\xc3\xbc\n\n", 6, 6, RC_OK},
	    {"no equals sign", "GET / HTTP/1.1\n", 15, 0, RC_PERM},
	    {"NUL", "a=b\0c\n\n", 7, 0, RC_PERM},
	    {"CR at the end", "a=b\r\n\r\n", 7, 0, RC_PERM},
	    {"control bytes of a stranger", "a=\x1b[\x7f\x01\n\n", 8, 8, RC_OK},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		enum rc rc = RC_OK;

		CHECK(request_whole(cases[i].bytes, cases[i].len, &rc, NULL) ==
			  cases[i].whole,
		    cases[i].name);
		CHECK(rc == cases[i].rc, cases[i].name);
	}
}

static void
a_line_has_a_limit(void **state)
{
	static char line[REQUEST_LINE_MAX + 2];
	enum rc rc = RC_OK;
	struct err err;

	(void)state;
	memset(line, 'x', sizeof(line));
	line[1] = '=';
	assert_int_equal(request_whole(line, REQUEST_LINE_MAX, &rc, &err), 0);
	assert_int_equal(rc, RC_OK);
	assert_int_equal(request_whole(line, REQUEST_LINE_MAX + 1, &rc, &err),
	    0);
	assert_int_equal(rc, RC_PERM);
	assert_non_null(strstr(err.text, "line too long: \"x=xxx"));
}

static void
refuses_what_is_no_policy_request(void **state)
{
	static const char *const texts[] = {
	    "\n",
	    "a=b\n\n",
	    "request=other\nprotocol_state=RCPT\n\n",
	    BEGINNING "\n",
	    BEGINNING "protocol_state=NOOP\n\n",
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct facts f;

		CHECK(request_read(a, texts[i], strlen(texts[i]), &f, NULL) ==
			  RC_PERM,
		    texts[i]);
	}
	arena_free(a);
}

static void
what_is_wrong_is_said_in_printable_words(void **state)
{
	enum rc rc = RC_OK;
	struct err err;

	(void)state;
	request_whole("a\x1b\r-b\n\n", 8, &rc, &err);
	assert_string_equal(err.text, "line without \"=\": \"a\\x1b\\x0d-b\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_postfix_sends),
	    cmocka_unit_test(a_sender_is_known_only_from_mail_on),
	    cmocka_unit_test(finds_the_end_of_a_request),
	    cmocka_unit_test(a_line_has_a_limit),
	    cmocka_unit_test(refuses_what_is_no_policy_request),
	    cmocka_unit_test(what_is_wrong_is_said_in_printable_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
