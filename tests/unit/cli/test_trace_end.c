/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "trace_words.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>

#define STAMP "2026-11-29T08:00:01Z mx postfix/"
#define A     "3B2F41C0A2: "
#define B     "3B2F41C0A3: "

#define CAME   "smtpd[1]: " A "client=a.example[192.0.2.1]"
#define QUEUED "qmgr[1]: " A "from=<sam@example.org>, size=1, nrcpt=1"
#define SENT(to)                                                               \
	"smtp[1]: " A "to=<" to ">, relay=x, delay=1, status=sent (250 Ok)"
#define LATER(to)                                                              \
	"smtp[1]: " A "to=<" to ">, relay=x, delay=1, status=deferred (450 "   \
	"no)"
#define FAILED(to)                                                             \
	"smtp[1]: " A "to=<" to ">, relay=x, delay=1, status=bounced (550 no)"
#define RETURNED "bounce[1]: " A "sender non-delivery notification: 3B2F41C0A3"
#define REMOVED  "qmgr[1]: " A "removed"
#define HELD                                                                   \
	"cleanup[1]: " A                                                       \
	"milter-hold: END-OF-MESSAGE from a[192.0.2.1]: milter triggers HOLD " \
	"action; from=<sam@example.org> to=<ann@remotes.club> proto=ESMTP"
#define REFUSED                                                                \
	"cleanup[1]: " A                                                       \
	"milter-reject: END-OF-MESSAGE from a[192.0.2.1]: 5.7.26 no; "         \
	"from=<sam@example.org> to=<ann@remotes.club> proto=ESMTP"
#define NOQUEUE(code, to)                                                      \
	"smtpd[1]: NOQUEUE: reject: RCPT from a[192.0.2.1]: " code             \
	" no; from=<sam@example.org> to=<" to "> proto=ESMTP helo=<h>"

/* Stories as they are joined from lines, those of B apart. */
static struct trace_mails
mails_of(struct arena *a, const char *const *lines, size_t n)
{
	struct log_mail *mails = arena_take_array(a, 2, sizeof(*mails));
	struct log_mails log = {.mails = mails};
	struct log_event *events[2];
	struct trace_mails out;

	for (size_t k = 0; k < 2; k++) {
		events[k] = arena_take_array(a, n, sizeof(**events));
		mails[k] = (struct log_mail){
		    .queue_id = k == 0 ? "3B2F41C0A2" : "3B2F41C0A3",
		    .events = events[k]};
	}
	for (size_t i = 0; i < n; i++) {
		const char *line = arena_printf(a, STAMP "%s", lines[i]);
		size_t k = strstr(line, "]: " B) != NULL;

		CHECK(postfix_log_event_read(a, line, strlen(line), 0,
			  &events[k][mails[k].n]),
		    lines[i]);
		mails[k].n++;
	}
	if (mails[0].events[0].queue_id == NULL)
		mails[0].queue_id = NULL;
	log.n = mails[1].n > 0 ? 2 : 1;
	trace_join(a, NULL, 0, &log, &out);
	return out;
}

static void
a_story_has_an_end(void **state)
{
	static const struct {
		const char *name, *to;
		const char *lines[10];
		const char *ends;
	} rows[] = {
	    {"delivered", NULL, {CAME, QUEUED, SENT("a@b"), REMOVED},
		"delivered to a@b: 250 Ok\n"},
	    {"two recipients", NULL,
		{CAME, QUEUED, SENT("a@b"), LATER("c@d"), LATER("c@d")},
		"delivered to a@b: 250 Ok\n"
		"waits in the queue, for c@d (2 attempts): 450 no\n"},
	    {"one of them is asked for", "c@d",
		{CAME, QUEUED, SENT("a@b"), LATER("c@d")},
		"waits in the queue, for c@d: 450 no\n"},
	    {"nobody of them", "x@y", {CAME, QUEUED, SENT("a@b"), REMOVED},
		"delivered to a@b: 250 Ok\n"},
	    {"returned", NULL, {CAME, QUEUED, FAILED("a@b"), RETURNED, REMOVED},
		"returned to sam@example.org, not delivered to a@b: 550 no\n"},
	    {"returned elsewhere", NULL,
		{CAME, QUEUED, FAILED("a@b"), RETURNED, REMOVED,
		    "smtp[1]: " B "to=<sue@home.example>, relay=x, delay=1, "
		    "status=sent (250 Ok)"},
		"returned to sue@home.example, not delivered to a@b: "
		"550 no\n"},
	    {"without a notification", NULL,
		{CAME, QUEUED, FAILED("a@b"), REMOVED},
		"not delivered to a@b, and nobody is told: 550 no\n"},
	    {"too long", NULL,
		{CAME, QUEUED, LATER("a@b"), LATER("a@b"),
		    "qmgr[1]: " A "from=<sam@example.org>, status=expired, "
		    "returned to sender",
		    RETURNED, REMOVED},
		"returned to sam@example.org, not delivered to a@b (2 "
		"attempts): 450 no\n"},
	    {"held", NULL, {CAME, HELD},
		"held: milter triggers HOLD action - postward held release "
		"3B2F41C0A2\n"},
	    {"let go", NULL,
		{CAME, HELD, "postsuper[1]: " A "released from hold", QUEUED},
		"waits in the queue\n"},
	    {"let go, and there", NULL,
		{CAME, HELD, "postsuper[1]: " A "released from hold", QUEUED,
		    SENT("a@b"), REMOVED},
		"delivered to a@b: 250 Ok\n"},
	    {"held later", NULL,
		{CAME, QUEUED, LATER("a@b"),
		    "postsuper[1]: " A "placed on hold"},
		"held, to a@b - postward held release 3B2F41C0A2\n"},
	    {"deleted", NULL, {CAME, HELD, "postsuper[1]: " A "removed"},
		"deleted: milter triggers HOLD action\n"},
	    {"deleted after all", NULL,
		{CAME, QUEUED, SENT("a@b"), LATER("c@d"),
		    "postsuper[1]: " A "removed"},
		"delivered to a@b: 250 Ok\ndeleted, to c@d: 450 no\n"},
	    {"refused as a whole", "ann@remotes.club", {CAME, REFUSED},
		"refused at END-OF-MESSAGE: 5.7.26 no\n"},
	    {"refused at once", NULL, {NOQUEUE("550", "a@b")},
		"refused at RCPT, to a@b: 550 no\n"},
	    {"put off", NULL, {NOQUEUE("450", "a@b")},
		"put off at RCPT, to a@b: 450 no - the sender's host tries "
		"again\n"},
	    {"in the queue", NULL, {CAME, QUEUED}, "waits in the queue\n"},
	    {"the client is gone", NULL, {CAME},
		"no message came: the client went away, or somebody else "
		"refused it\n"},
	    {"given back by a filter", NULL,
		{CAME, QUEUED,
		    "smtp[1]: " A "to=<a@b>, relay=x[127.0.0.1]:1, delay=1, "
		    "status=sent (250 Ok: queued as 3B2F41C0A3)",
		    REMOVED,
		    "smtp[1]: " B "to=<a@b>, relay=x, delay=1, status=sent "
		    "(250 Ok)"},
		""},
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct log_wanted wanted = {
		    .to = rows[i].to, .delimiter = "+"};
		struct trace_mails mails;
		struct trace_end *ends;
		struct str got;
		size_t n = 0;

		while (n < COUNT(rows[i].lines) && rows[i].lines[n] != NULL)
			n++;
		mails = mails_of(a, rows[i].lines, n);
		n = trace_ends(a, mails.mails[0], &wanted, &ends);
		str_init(&got, a);
		for (size_t k = 0; k < n; k++)
			str_addf(&got, "%s\n", trace_end_words(a, &ends[k]));
		CHECK_STR(got.text, rows[i].ends, rows[i].name);
		arena_reset(a);
	}
	arena_free(a);
	(void)state;
}

/* A mail that waits for days is not told line by line. */
static void
many_attempts_are_two(void **state)
{
	static const char *const lines[] = {CAME, QUEUED, LATER("a@b"),
	    LATER("a@b"), QUEUED, LATER("a@b"), LATER("a@b"), SENT("a@b"),
	    REMOVED};
	struct arena *a = arena_new();
	struct trace_mails mails = mails_of(a, lines, COUNT(lines));
	struct trace_line *got;
	size_t n = trace_lines(a, mails.mails[0],
	    &(struct log_wanted){.delimiter = ""}, &got);

	assert_int_equal(n, 7);
	assert_string_equal(got[2].text,
	    "not yet delivered to a@b by x: 450 no");
	assert_string_equal(got[3].text, "2 more attempts in between");
	assert_string_equal(got[5].text, "delivered to a@b by x: 250 Ok");
	arena_free(a);
	(void)state;
}

/* ---- decisions */

static struct trace_decision
decision(int64_t at, const char *sender, const char *to, const char *instance)
{
	struct trace_decision d = {.known = true,
	    .row = {.id = "1",
		.account = "ann@remotes.club",
		.at = at,
		.sender = sender,
		.host = "mx",
		.record = "state=RCPT action=accept client=192.0.2.1 "
			  "to=<bob@remotes.club>"},
	    .state = to == NULL ? SMTP_END_OF_MESSAGE : SMTP_RCPT,
	    .recipient = to,
	    .instance = instance,
	    .sender = sender};

	ip_parse("192.0.2.1", &d.client);
	return d;
}

static void
join_decisions(struct arena *a, const struct trace_decision *decisions,
    size_t n, const struct log_mails *log, struct trace_mails *out)
{
	const struct trace_decision **all =
	    arena_take_array(a, n, sizeof(*all));

	for (size_t i = 0; i < n; i++)
		all[i] = &decisions[i];
	trace_join(a, all, n, log, out);
}

#define AT INT64_C(1795939201)

static void
a_decision_finds_its_mail(void **state)
{
	static const char *const lines[] = {CAME, QUEUED, SENT("a@b")};
	static const struct {
		const char *name, *sender, *instance;
		int64_t at;
		bool same;
	} rows[] = {
	    {"the same process at the same time", "sam@example.org", "1.0.0.0",
		AT, true},
	    {"an hour before", "sam@example.org", "1.0.0.0", AT - 3600, false},
	    {"another process", "sam@example.org", "2.0.0.0", AT, false},
	    {"another sender", "gus@example.org", "1.0.0.0", AT, false},
	    {"nobody knows which process", "sam@example.org", NULL, AT, false},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *a = arena_new();
		struct trace_decision d = decision(rows[i].at, rows[i].sender,
		    "ann@remotes.club", rows[i].instance);
		struct trace_mails mails = mails_of(a, lines, COUNT(lines));
		struct log_mails log = {
		    .mails = arena_take(a, sizeof(*log.mails)), .n = 1};

		log.mails[0] = *mails.mails[0]->log;
		join_decisions(a, &d, 1, &log, &mails);
		CHECK(mails.n == (rows[i].same ? 1 : 2), rows[i].name);
		arena_free(a);
	}
	(void)state;
}

static void
recipients_are_of_the_message_that_follows(void **state)
{
	struct arena *a = arena_new();
	struct trace_decision all[] = {
	    decision(AT, "sam@example.org", "ann@remotes.club", NULL),
	    decision(AT + 1, "sue@example.org", "ann@remotes.club", NULL),
	    decision(AT + 2, "sam@example.org", NULL, NULL),
	    decision(AT + 9, "sam@example.org", "ann@remotes.club", NULL),
	    decision(AT + 11, "sam@example.org", NULL, NULL),
	};
	const struct log_mails none = {0};
	struct trace_mails mails;

	all[2].row.queue_id = "3B2F41C0A2";
	all[4].row.queue_id = "3B2F41C0A3";
	join_decisions(a, all, COUNT(all), &none, &mails);
	assert_int_equal(mails.n, 3);
	assert_string_equal(mails.mails[0]->queue_id, "3B2F41C0A2");
	assert_int_equal(mails.mails[0]->n_decisions, 2);
	assert_int_equal(mails.mails[1]->n_decisions, 1);
	assert_int_equal(mails.mails[2]->n_decisions, 2);
	assert_int_equal(mails.mails[2]->decisions[0]->row.at, AT + 9);
	arena_free(a);
	(void)state;
}

static void
a_message_to_many_is_judged_once(void **state)
{
	struct arena *a = arena_new();
	struct trace_decision all[] = {
	    decision(AT, "sam@example.org", "ann@remotes.club", NULL),
	    decision(AT, "sam@example.org", "bob@remotes.club", NULL),
	    decision(AT, "sam@example.org", NULL, NULL),
	    decision(AT, "sam@example.org", NULL, NULL),
	};
	const struct log_mails none = {0};
	struct trace_mails mails;
	struct trace_line *lines;

	all[0].row.id = "2";
	all[1].row.id = "3";
	all[1].row.account = all[3].row.account = "bob@remotes.club";
	all[2].row.queue_id = all[3].row.queue_id = "3B2F41C0A2";
	join_decisions(a, all, COUNT(all), &none, &mails);
	assert_int_equal(mails.n, 1);
	assert_int_equal(mails.mails[0]->n_decisions, 4);
	assert_int_equal(trace_lines(a, mails.mails[0],
			     &(struct log_wanted){.delimiter = ""}, &lines),
	    3);
	assert_int_equal(trace_lines(a, mails.mails[0],
			     &(struct log_wanted){
				 .to = "bob@remotes.club", .delimiter = ""},
			     &lines),
	    2);
	assert_true(strstr(lines[0].text, "accepts bob@") == lines[0].text);
	arena_free(a);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_story_has_an_end),
	    cmocka_unit_test(many_attempts_are_two),
	    cmocka_unit_test(a_decision_finds_its_mail),
	    cmocka_unit_test(recipients_are_of_the_message_that_follows),
	    cmocka_unit_test(a_message_to_many_is_judged_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
