/* SPDX-License-Identifier: MIT */
#include "smtp_dialog.h"

#include "check.h"

#define GREETED "S220 mx\nCEHLO me\nS250-mx\nS250 PIPELINING\n"
#define MAILED  GREETED "CMAIL FROM:<a@b.example>\nS250 2.1.0 Ok\n"
#define ASKED   MAILED "CRCPT TO:<c@d.example>\n"
#define SENT    ASKED "S250 2.1.5 Ok\nCDATA\nS354 go on\n"
#define TROUBLE "the connection was closed"

/* Lines, which begin with who says them: C for us, S for the MTA. */
static void
play(struct smtp_dialog *d, const char *lines)
{
	while (*lines != '\0') {
		size_t len = strcspn(lines, "\n");
		char *line =
		    arena_printf(d->arena, "%.*s\r\n", (int)len - 1, lines + 1);

		if (*lines == 'C')
			smtp_dialog_command(d, line, strlen(line));
		else
			smtp_dialog_reply(d, line, strlen(line));
		lines += len + 1;
	}
}

static const struct {
	const char *name, *lines;
	bool taken;
	enum outbox_outcome outcome;
	const char *reply;
	bool unreachable;
} cases[] = {
    {"taken", SENT "S250 2.0.0 Ok: queued as Q1\n", true, OUTBOX_TAKEN,
	"250 2.0.0 Ok: queued as Q1", false},
    {"recipient refused", ASKED "S550 5.1.1 unknown\n", false, OUTBOX_REFUSED,
	"550 5.1.1 unknown", false},
    {"recipient put off", ASKED "S450 4.2.0 greylisted\n", false, OUTBOX_LATER,
	"450 4.2.0 greylisted", false},
    {"content refused", SENT "S554 5.7.1 junk\n", false, OUTBOX_REFUSED,
	"554 5.7.1 junk", false},
    {"lines joined", ASKED "S550-5.1.1 no\nS550-such\nS550 user\n", false,
	OUTBOX_REFUSED, "550 5.1.1 no such user", false},
    {"a code alone", ASKED "S550\n", false, OUTBOX_REFUSED, "550", false},
    {"no answer", ASKED, false, OUTBOX_LATER, TROUBLE, false},
    /* It is not known what the last line would have said. */
    {"cut after a line", ASKED "S550-5.1.1 no such\n", false, OUTBOX_LATER,
	TROUBLE, false},
    {"cut within a code", ASKED "S55\n", false, OUTBOX_LATER, TROUBLE, false},
    {"no code", ASKED "S5 5 0 no\n", false, OUTBOX_LATER, TROUBLE, false},
    {"a code of four digits", ASKED "S5501 no\n", false, OUTBOX_LATER, TROUBLE,
	false},
    {"a code of no class", ASKED "S650 no\n", false, OUTBOX_LATER, TROUBLE,
	false},
    {"nonsense before", ASKED "Shello\nS450 4.2.0 no\n", false, OUTBOX_LATER,
	"450 4.2.0 no", false},
    {"the last code counts", ASKED "S550-no\nS450 yes\n", false, OUTBOX_LATER,
	"450 no yes", false},
    {"the last code counts, refused", ASKED "S450-no\nS550 yes\n", false,
	OUTBOX_REFUSED, "550 no yes", false},
    {"made printable", ASKED "S550 \x1b[2J\xff\n", false, OUTBOX_REFUSED,
	"550 \\x1b[2J\\xff", false},
    {"greeting", "S554 5.7.1 go away\n", false, OUTBOX_LATER,
	"554 5.7.1 go away", true},
    {"no greeting", "", false, OUTBOX_LATER, TROUBLE, true},
    {"EHLO", "S220 mx\nCEHLO me\nS550 5.7.1 bad name\n", false, OUTBOX_LATER,
	"550 5.7.1 bad name", true},
    {"sender", GREETED "CMAIL FROM:<a@b.example>\nS553 5.7.1 not yours\n",
	false, OUTBOX_LATER, "553 5.7.1 not yours", false},
    {"wants authentication", ASKED "S530 5.7.0 log in first\n", false,
	OUTBOX_LATER, "530 5.7.0 log in first", false},
    {"after QUIT", ASKED "S450 4.2.0 no\nCQUIT\nS550 bye\n", false,
	OUTBOX_LATER, "450 4.2.0 no", false},
};

static void
tells_what_becomes_of_the_mail(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct smtp_dialog d = {0};
		struct smtp_answer got;

		smtp_dialog_begin(&d, a);
		play(&d, cases[i].lines);
		smtp_dialog_settle(&d, cases[i].taken, false, TROUBLE, &got);
		CHECK(got.outcome == cases[i].outcome, cases[i].name);
		CHECK_STR(got.reply, cases[i].reply, cases[i].name);
		CHECK(got.unreachable == cases[i].unreachable, cases[i].name);
	}
	arena_free(a);
}

static void
refusals_need_the_authentication_that_is_wanted(void **state)
{
	static const struct {
		const char *name, *lines;
		enum outbox_outcome outcome;
	} rows[] = {
	    {"was not offered", ASKED "S550 relay denied\n", OUTBOX_LATER},
	    {"failed",
		GREETED "CAUTH PLAIN\nS535 5.7.8 no\n"
			"CMAIL FROM:<a@b.example>\nS250 Ok\n"
			"CRCPT TO:<c@d.example>\nS550 relay denied\n",
		OUTBOX_LATER},
	    {"done",
		GREETED "CAUTH PLAIN\nS334 \nCAGEAYg==\nS235 2.7.0 Ok\n"
			"CMAIL FROM:<a@b.example>\nS250 Ok\n"
			"CRCPT TO:<c@d.example>\nS550 unknown\n",
		OUTBOX_REFUSED},
	    {"done, and a new session",
		GREETED "CAUTH PLAIN\nS235 2.7.0 Ok\n" ASKED "S550 no\n",
		OUTBOX_LATER},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct smtp_dialog d = {0};
		struct smtp_answer got;

		smtp_dialog_begin(&d, a);
		play(&d, rows[i].lines);
		smtp_dialog_settle(&d, false, true, TROUBLE, &got);
		CHECK(got.outcome == rows[i].outcome, rows[i].name);
	}
	arena_free(a);
}

static void
knows_a_connection_that_was_too_old(void **state)
{
	static const struct {
		const char *name, *lines;
		bool untouched;
	} rows[] = {
	    {"gone", "CMAIL FROM:<a@b.example>\n", true},
	    {"says so", "CMAIL FROM:<a@b.example>\nS421 4.4.2 too long\n",
		true},
	    {"put off", "CMAIL FROM:<a@b.example>\nS450 4.3.0 no\n", false},
	    {"later", "CMAIL FROM:<a@b.example>\nS250 Ok\nCRCPT TO:<c@d>\n",
		false},
	};
	struct arena *a = arena_new();
	struct smtp_dialog d = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		smtp_dialog_begin(&d, a);
		play(&d, rows[i].lines);
		CHECK(smtp_dialog_is_untouched(&d) == rows[i].untouched,
		    rows[i].name);
	}
	arena_free(a);
}

static void
finds_the_queue_id(void **state)
{
	static const struct {
		const char *reply, *id;
	} rows[] = {
	    {"S250 2.0.0 Ok: queued as 4XYZ\n", "4XYZ"},
	    {"S250-2.0.0 Ok: queued\nS250 as 4XYZ, thanks\n", "4XYZ"},
	    {"S250 queued as \x1b[1m;x\n", "\\x1b[1m"},
	    {"S250 queued as \n", NULL},
	    {"S250 Ok\n", NULL},
	};
	struct arena *a = arena_new();
	struct smtp_dialog d = {0};
	struct smtp_answer got;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		smtp_dialog_begin(&d, a);
		play(&d, rows[i].reply);
		smtp_dialog_settle(&d, true, false, "", &got);
		CHECK_STR(got.queue_id, rows[i].id, rows[i].reply);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_what_becomes_of_the_mail),
	    cmocka_unit_test(refusals_need_the_authentication_that_is_wanted),
	    cmocka_unit_test(knows_a_connection_that_was_too_old),
	    cmocka_unit_test(finds_the_queue_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
