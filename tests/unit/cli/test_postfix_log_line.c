/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "postfix_log_line.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define OLD "Nov 29 08:00:01 mx "
#define NEW "2026-11-29T08:00:01.123456+00:00 mx "

static void
a_line_has_parts(void **state)
{
	static const struct {
		const char *name, *line;
		bool read;
		const char *host, *program, *queue_id, *text;
		int64_t pid;
	} rows[] = {
	    {"traditional", OLD "postfix/smtpd[17]: 3B2F41C0A2: client=a[::1]",
		true, "mx", "smtpd", "3B2F41C0A2", "client=a[::1]", 17},
	    {"RFC 3339", NEW "postfix/qmgr[9]: 4XbY3z1QzPz9FGh: removed", true,
		"mx", "qmgr", "4XbY3z1QzPz9FGh", "removed", 9},
	    {"long id", NEW "postfix/qmgr[9]: 4XbY3Bc1Qgz9F: removed", true,
		"mx", "qmgr", "4XbY3Bc1Qgz9F", "removed", 9},
	    {"a service of its own",
		OLD "postfix/submission/smtpd[1]: 3B2F41C0A2: x", true, "mx",
		"smtpd", "3B2F41C0A2", "x", 1},
	    {"an instance", OLD "postfix-out/smtp[1]: 3B2F41C0A2: to=<a@b>",
		true, "mx", "smtp", "3B2F41C0A2", "to=<a@b>", 1},
	    {"before there is an id", OLD "postfix/smtpd[1]: NOQUEUE: reject",
		true, "mx", "smtpd", "NOQUEUE", "reject", 1},
	    {"no id", OLD "postfix/smtpd[1]: warning: hostname", true, "mx",
		"smtpd", "", "warning: hostname", 1},
	    {"no number", OLD "postfix/smtpd: 3B2F41C0A2: x", true, "mx",
		"smtpd", "3B2F41C0A2", "x", -1},
	    {"another program", OLD "sshd[1]: 3B2F41C0A2: x", false, "", "", "",
		"", 0},
	    {"no tag", OLD "3B2F41C0A2", false, "", "", "", "", 0},
	    {"only a time", "Nov 29 08:00:01 ", false, "", "", "", "", 0},
	    {"nothing", "", false, "", "", "", "", 0},
	    {"noise", "\1\2\3\377 \200: x/y[1]: z", false, "", "", "", "", 0},
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct postfix_log_line got;
		bool read = postfix_log_line_read(rows[i].line,
		    strlen(rows[i].line), &got);

		CHECK(read == rows[i].read, rows[i].name);
		if (!read)
			continue;
		CHECK_STR(log_text_copy(a, got.host), rows[i].host,
		    rows[i].name);
		CHECK_STR(log_text_copy(a, got.program), rows[i].program,
		    rows[i].name);
		CHECK_STR(log_text_copy(a, got.queue_id), rows[i].queue_id,
		    rows[i].name);
		CHECK_STR(log_text_copy(a, got.text), rows[i].text,
		    rows[i].name);
		CHECK(got.pid == rows[i].pid, rows[i].name);
	}
	arena_free(a);
	(void)state;
}

#define AT_2026_11_29_08_00_01 INT64_C(1795939201)

static void
a_stamp_is_a_time(void **state)
{
	static const int64_t now = AT_2026_11_29_08_00_01;
	static const struct {
		const char *name, *line;
		int64_t latest, time;
	} rows[] = {
	    {"today", "Nov 29 08:00:01 mx x", now, now},
	    {"a blank for a digit", "Nov  9 08:00:01 mx x", now,
		now - INT64_C(20) * 86400},
	    {"a clock that is ahead", "Nov 29 20:00:01 mx x", now,
		now + INT64_C(12) * 3600},
	    {"last year's", "Dec 31 23:59:59 mx x", INT64_C(1798761700),
		INT64_C(1798761599)},
	    {"this year's", "Jan  1 00:00:01 mx x", INT64_C(1798761700),
		INT64_C(1798761601)},
	    {"in a leap year", "Feb 29 00:00:00 mx x", now,
		INT64_C(1709164800)},
	    {"UTC", "2026-11-29T08:00:01Z mx x", 0, now},
	    {"a fraction", "2026-11-29T08:00:01.999999+00:00 mx x", 0, now},
	    {"east", "2026-11-29T09:30:01.1+01:30 mx x", 0, now},
	    {"west", "2026-11-29T03:00:01-0500 mx x", 0, now},
	    {"no month", "Nox 29 08:00:01 mx x", now, -1},
	    {"no such day", "Nov 42 08:00:01 mx x", now, -1},
	    {"no such hour", "Nov 29 28:00:01 mx x", now, -1},
	    {"no zone", "2026-11-29T08:00:01 mx x", 0, -1},
	    {"cut", "2026-11-29T08:00", 0, -1},
	    {"noise",
		"\200\200\200\200\200\200\200\200\200\200\200\200\200"
		"\200\200\200\200",
		now, -1},
	};

	setenv("TZ", "UTC", 1);
	tzset();
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK(postfix_log_time(rows[i].line, strlen(rows[i].line),
			  rows[i].latest) == rows[i].time,
		    rows[i].name);
	(void)state;
}

static void
an_id_is_no_word(void **state)
{
	static const struct {
		const char *text;
		bool is;
	} rows[] = {
	    {"3B2F41C0A2", true},
	    {"DEADBEEF", true},
	    {"4XbY3Bc1Qgz9F", true},
	    {"warning", false},
	    {"statistics", false},
	    {"NOQUEUE", false},
	    {"3b2f41c0a2", false},
	    {"3B2F", false},
	    {"", false},
	    {"3B2F41C0A23B2F41C0A23B2F41C0A2", false},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK(postfix_log_is_id(rows[i].text, strlen(rows[i].text)) ==
			  rows[i].is,
		    rows[i].text);
	(void)state;
}

static void
a_field_has_a_value(void **state)
{
	static const struct {
		const char *name, *text, *key, *value;
	} rows[] = {
	    {"an address", "to=<a@b>, orig_to=<c@d>, delay=1", "to", "a@b"},
	    {"not the end of another", "orig_to=<c@d>, to=<a@b>", "to", "a@b"},
	    {"a word", "to=<a@b>, delay=1.5, dsn=2.0.0", "delay", "1.5"},
	    {"the last", "from=<a@b> proto=ESMTP helo=<x>", "helo", "x"},
	    {"the null sender", "from=<>, size=3", "from", ""},
	    {"a bracket in it", "from=<\"a>b\"@c>, size=3", "from",
		"\"a>b\"@c"},
	    {"without an end", "from=<a@b", "from", "a@b"},
	    {"none", "from=<a@b>", "to", NULL},
	    {"nothing", "", "to", NULL},
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct log_text got,
		    text = {rows[i].text, strlen(rows[i].text)};
		bool is = postfix_log_field(text, rows[i].key, &got);

		CHECK_STR(is ? log_text_copy(a, got) : NULL, rows[i].value,
		    rows[i].name);
	}
	arena_free(a);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_has_parts),
	    cmocka_unit_test(a_stamp_is_a_time),
	    cmocka_unit_test(an_id_is_no_word),
	    cmocka_unit_test(a_field_has_a_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
