/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "postfix_log_event.h"

#include <string.h>

#define AT "2026-11-29T08:00:01Z mx postfix/"
#define ID "3B2F41C0A2: "

/* Fields that are not named are NULL. */
static void
a_line_tells_an_event(void **state)
{
	static const struct {
		const char *line;
		struct log_event event;
	} rows[] = {
	    {AT "smtpd[1]: " ID "client=a.example[192.0.2.1]",
		{.kind = LOG_CAME, .client = "a.example[192.0.2.1]"}},
	    {AT "smtpd[1]: " ID
		"client=a[192.0.2.1], sasl_method=PLAIN, sasl_username=x",
		{.kind = LOG_CAME, .client = "a[192.0.2.1]"}},
	    {AT "pickup[1]: " ID "uid=0 from=<root>",
		{.kind = LOG_CAME, .sender = "root", .text = "0"}},
	    {AT "pickup[1]: " ID "uid=0 from=<root> orig_id=3B2F41C0A3",
		{.kind = LOG_CAME,
		    .sender = "root",
		    .text = "0",
		    .other = "3B2F41C0A3"}},
	    {AT "cleanup[1]: " ID "message-id=<1@example.org>",
		{.kind = LOG_MESSAGE_ID, .text = "1@example.org"}},
	    {AT "qmgr[1]: " ID "from=<a@b>, size=3, nrcpt=1 (queue active)",
		{.kind = LOG_QUEUED, .sender = "a@b"}},
	    {AT "qmgr[1]: " ID "from=<a@b>, status=expired, returned to sender",
		{.kind = LOG_EXPIRED, .sender = "a@b"}},
	    {AT "smtp[1]: " ID
		"to=<a@c>, orig_to=<a@b>, relay=mx.c[192.0.2.2]:25, "
		"delay=3.7, delays=1/0/0/2, dsn=2.0.0, status=sent (250 2.0.0 "
		"Ok: to=<x@y> (fine))",
		{.kind = LOG_SENT,
		    .recipient = "a@c",
		    .original = "a@b",
		    .relay = "mx.c[192.0.2.2]:25",
		    .delay = 3,
		    .text = "250 2.0.0 Ok: to=<x@y> (fine)"}},
	    {AT "smtp[1]: " ID "to=<a@c>, relay=none, delay=3, dsn=4.4.1, "
		"status=deferred (connect to mx.c[192.0.2.2]:25: refused)",
		{.kind = LOG_DEFERRED,
		    .recipient = "a@c",
		    .relay = "none",
		    .delay = 3,
		    .text = "connect to mx.c[192.0.2.2]:25: refused"}},
	    {AT "lmtp[1]: " ID
		"to=<a@c>, relay=x[private/lmtp], delay=3, dsn=5.1.1, "
		"status=bounced (host x said: 550 no)",
		{.kind = LOG_BOUNCED,
		    .recipient = "a@c",
		    .relay = "x[private/lmtp]",
		    .delay = 3,
		    .text = "host x said: 550 no"}},
	    {AT "smtp[1]: " ID
		"to=<a@c>, relay=127.0.0.1[127.0.0.1]:10024, delay=3, "
		"dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:x): 250 Ok: "
		"queued as 3B2F41C0A4)",
		{.kind = LOG_SENT,
		    .recipient = "a@c",
		    .relay = "127.0.0.1[127.0.0.1]:10024",
		    .delay = 3,
		    .text = "250 2.0.0 from MTA(smtp:x): 250 Ok: queued as "
			    "3B2F41C0A4",
		    .other = "3B2F41C0A4"}},
	    {AT "smtpd[1]: " ID
		"reject: RCPT from a.example[192.0.2.1]: 550 5.1.1 "
		"<x@y>: Recipient address rejected: to=<z>; from=<s@t> to=<x@y>"
		" proto=ESMTP helo=<h>",
		{.kind = LOG_REFUSED,
		    .client = "a.example[192.0.2.1]",
		    .step = "RCPT",
		    .sender = "s@t",
		    .recipient = "x@y",
		    .text = "550 5.1.1 <x@y>: Recipient address rejected: "
			    "to=<z>"}},
	    {AT "postscreen[1]: " ID
		"reject: RCPT from [192.0.2.1]:4711: 550 5.7.1 Service "
		"unavailable; client [192.0.2.1] blocked; from=<s@t>, "
		"to=<x@y>, proto=ESMTP, helo=<h>",
		{.kind = LOG_REFUSED,
		    .client = "[192.0.2.1]:4711",
		    .step = "RCPT",
		    .sender = "s@t",
		    .recipient = "x@y",
		    .text = "550 5.7.1 Service unavailable; client "
			    "[192.0.2.1] blocked"}},
	    {AT "cleanup[1]: " ID
		"milter-reject: END-OF-MESSAGE from a[192.0.2.1]: 5.7.26 no; "
		"from=<s@t> to=<x@y> proto=ESMTP helo=<h>",
		{.kind = LOG_REFUSED,
		    .client = "a[192.0.2.1]",
		    .step = "END-OF-MESSAGE",
		    .sender = "s@t",
		    .recipient = "x@y",
		    .text = "5.7.26 no"}},
	    {AT "cleanup[1]: " ID
		"milter-hold: END-OF-MESSAGE from a[192.0.2.1]: milter "
		"triggers HOLD action; from=<s@t> to=<x@y> proto=ESMTP",
		{.kind = LOG_HELD,
		    .client = "a[192.0.2.1]",
		    .step = "END-OF-MESSAGE",
		    .sender = "s@t",
		    .recipient = "x@y",
		    .text = "milter triggers HOLD action"}},
	    {AT "bounce[1]: " ID "sender non-delivery notification: 3B2F41C0A5",
		{.kind = LOG_RETURNED, .other = "3B2F41C0A5"}},
	    {AT "bounce[1]: " ID "sender non-delivery notification: a stranger",
		{.kind = LOG_OTHER,
		    .text = "sender non-delivery notification: a stranger"}},
	    {AT "postsuper[1]: " ID "released from hold",
		{.kind = LOG_RELEASED}},
	    {AT "postsuper[1]: " ID "removed", {.kind = LOG_DELETED}},
	    {AT "qmgr[1]: " ID "removed", {.kind = LOG_REMOVED}},
	    {AT "smtp[1]: " ID "host mx.c[192.0.2.2] said: 450 later",
		{.kind = LOG_TRIED,
		    .text = "host mx.c[192.0.2.2] said: 450 later"}},
	    {AT "smtp[1]: " ID "conversation with x timed out",
		{.kind = LOG_OTHER, .text = "conversation with x timed out"}},
	    {AT "smtp[1]: " ID "to=<", {.kind = LOG_OTHER, .text = "to=<"}},
	    {AT "smtpd[1]: " ID "reject: ",
		{.kind = LOG_OTHER, .text = "reject: "}},
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *line = rows[i].line;
		const struct log_event *want = &rows[i].event;
		struct log_event got;

		CHECK(postfix_log_event_read(a, line, strlen(line), 0, &got),
		    line);
		CHECK(got.kind == want->kind, line);
		CHECK(got.at == INT64_C(1795939201) && got.pid == 1, line);
		CHECK(got.delay == (want->delay == 0 ? -1 : want->delay), line);
		CHECK_STR(got.queue_id, "3B2F41C0A2", line);
		CHECK_STR(got.client, want->client, line);
		CHECK_STR(got.sender, want->sender, line);
		CHECK_STR(got.recipient, want->recipient, line);
		CHECK_STR(got.original, want->original, line);
		CHECK_STR(got.relay, want->relay, line);
		CHECK_STR(got.step, want->step, line);
		CHECK_STR(got.text, want->text, line);
		CHECK_STR(got.other, want->other, line);
	}
	arena_free(a);
	(void)state;
}

static void
other_lines_tell_none(void **state)
{
	static const char *const lines[] = {
	    AT "smtpd[1]: connect from a[192.0.2.1]",
	    AT "smtpd[1]: warning: 3B2F41C0A2: x",
	    "2026-11-29T08:00:01Z mx sshd[1]: 3B2F41C0A2: removed",
	    "",
	};
	struct arena *a = arena_new();
	struct log_event got;

	for (size_t i = 0; i < COUNT(lines); i++)
		CHECK(!postfix_log_event_read(a, lines[i], strlen(lines[i]), 0,
			  &got),
		    lines[i]);
	arena_free(a);
	(void)state;
}

static void
what_had_no_id_yet_has_none(void **state)
{
	static const char line[] =
	    AT "submission/smtpd[1]: NOQUEUE: reject: RCPT from a[192.0.2.1]: "
	       "450 4.1.8 later; from=<> to=<x@y> proto=SMTP helo=<h>";
	struct arena *a = arena_new();
	struct log_event got;

	CHECK(postfix_log_event_read(a, line, strlen(line), 0, &got), "read");
	CHECK_STR(got.queue_id, NULL, "id");
	CHECK_STR(got.program, "submission/smtpd", "program");
	CHECK_STR(got.sender, "", "sender");
	CHECK(log_event_is_put_off(&got), "put off");
	arena_free(a);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_tells_an_event),
	    cmocka_unit_test(other_lines_tell_none),
	    cmocka_unit_test(what_had_no_id_yet_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
