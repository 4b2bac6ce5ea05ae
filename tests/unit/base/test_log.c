/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/clock.h"
#include "base/log.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LINE_SIZE 4096

/* The C library's, and what it is called where that is checked more
   strictly: what the log sends to syslog stays here. */
void openlog(const char *ident, int option, int facility);
void syslog(int priority, const char *format, ...);
void __syslog_chk(int priority, int flag, const char *format, ...);

static struct {
	char ident[64], text[LINE_SIZE];
	int facility, priority;
} sent;

void
openlog(const char *ident, int option, int facility)
{
	(void)option;
	snprintf(sent.ident, sizeof(sent.ident), "%s", ident);
	sent.facility = facility;
}

static void
send_text(int priority, const char *format, va_list args)
{
	sent.priority = priority;
	vsnprintf(sent.text, sizeof(sent.text), format, args);
}

void
syslog(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	send_text(priority, format, args);
	va_end(args);
}

void
__syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list args;

	(void)flag;
	va_start(args, format);
	send_text(priority, format, args);
	va_end(args);
}

static int real_stderr;
static FILE *caught;

static void
catch_stderr(void)
{
	caught = tmpfile();
	assert_non_null(caught);
	real_stderr = dup(STDERR_FILENO);
	dup2(fileno(caught), STDERR_FILENO);
}

/* What was written since; the caller frees it. */
static char *
caught_text(void)
{
	long len;
	char *text;

	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	fseek(caught, 0, SEEK_END);
	len = ftell(caught);
	rewind(caught);
	text = calloc(1, (size_t)len + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)len, caught), len);
	fclose(caught);
	return text;
}

static void
check_caught(const char *want, const char *name)
{
	char *text = caught_text();

	CHECK_STR(text, want, name);
	free(text);
}

/* A line of text to stderr, as it must come out. */
static const char *
line_of(const char *text)
{
	static char line[LINE_SIZE + 100];

	snprintf(line, sizeof(line), "postward/policyd[%ld]: %s\n",
	    (long)getpid(), text);
	return line;
}

static void
open_log(const char *to, const char *level, const char *format)
{
	log_open("policyd", &(struct log_settings){to, level, format});
}

/* First: before log_open. */
static void
writes_to_stderr_before_it_is_opened(void **state)
{
	char want[64];

	(void)state;
	snprintf(want, sizeof(want), "postward[%ld]: hello 5\n",
	    (long)getpid());
	catch_stderr();
	log_debug("not this");
	log_info("hello %d", 5);
	check_caught(want, "first line");
}

static void
marks_what_is_more_than_a_decision(void **state)
{
	static const struct {
		const char *name, *text;
		void (*log)(const char *format, ...);
	} cases[] = {
	    {"error", "error: x 1", log_error},
	    {"warn", "warning: x 1", log_warn},
	    {"info", "x 1", log_info},
	    {"debug", "x 1", log_debug},
	};

	(void)state;
	open_log("stderr", "debug", "text");
	for (size_t i = 0; i < COUNT(cases); i++) {
		catch_stderr();
		cases[i].log("x %d", 1);
		check_caught(line_of(cases[i].text), cases[i].name);
	}
}

static void
leaves_out_what_is_below_the_level(void **state)
{
	static const char *const levels[] = {"error", "warn", "info", "debug"};
	static const struct log_pair pair = {"a", "b"};

	(void)state;
	for (size_t i = 0; i < COUNT(levels); i++) {
		size_t lines = 0;
		char *text;

		open_log("stderr", levels[i], "text");
		catch_stderr();
		log_error("x");
		log_warn("x");
		log_info("x");
		log_debug("x");
		for (int level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG;
		     level++)
			log_event((enum log_level)level, &pair, 1);
		text = caught_text();
		for (const char *p = text; *p != '\0'; p++)
			lines += *p == '\n';
		free(text);
		CHECK(lines == 2 * (i + 1), levels[i]);
	}
}

static void
keeps_a_line_a_line(void **state)
{
	(void)state;
	open_log("stderr", "info", "text");
	catch_stderr();
	log_info("helo=%s", "a\r\nb\x1b[1m\xff \xc3\xa4");
	check_caught(line_of("helo=a\\x0d\\x0ab\\x1b[1m\\xff \xc3\xa4"),
	    "escapes");
}

static const struct log_pair decision[] = {
    {"client", "192.0.2.1"},
    {"from", "<a@example.org>"},
    {"helo", NULL},
    {"rcpt", ""},
    {"text", "Host \"x\" = C:\\ \n"},
    {"x", "back\\slash"},
    {"y", "a=b"},
};

static void
writes_decisions_as_pairs(void **state)
{
	(void)state;
	open_log("stderr", "info", "text");
	catch_stderr();
	log_event(LOG_LEVEL_INFO, decision, COUNT(decision));
	check_caught(line_of("client=192.0.2.1 from=<a@example.org> rcpt=\"\" "
			     "text=\"Host \\\"x\\\" = C:\\\\ \\\\x0a\" "
			     "x=back\\slash y=\"a=b\""),
	    "pairs");
}

static void
writes_json(void **state)
{
	(void)state;
	clock_set(1795341600, 0); /* 2026-11-22 10:00 */
	clock_advance(123);
	open_log("stderr", "info", "json");
	catch_stderr();
	log_warn("say \"%s\"", "hi\n");
	log_event(LOG_LEVEL_INFO, decision, COUNT(decision));
	log_event(LOG_LEVEL_INFO, NULL, 0);
	check_caught(
	    "{\"time\":\"2026-11-22T10:00:00.123Z\",\"level\":\"warn\","
	    "\"program\":\"policyd\",\"message\":\"say \\\"hi\\\\x0a\\\"\"}\n"
	    "{\"time\":\"2026-11-22T10:00:00.123Z\",\"level\":\"info\","
	    "\"program\":\"policyd\",\"client\":\"192.0.2.1\","
	    "\"from\":\"<a@example.org>\",\"rcpt\":\"\","
	    "\"text\":\"Host \\\"x\\\" = C:\\\\ \\\\x0a\","
	    "\"x\":\"back\\\\slash\",\"y\":\"a=b\"}\n"
	    "{\"time\":\"2026-11-22T10:00:00.123Z\",\"level\":\"info\","
	    "\"program\":\"policyd\"}\n",
	    "json");
}

/* What a reader of JSON needs: strings that end, and one object. */
static bool
is_json_object(const char *text)
{
	bool in_string = false;

	if (*text++ != '{')
		return false;
	for (; *text != '\0' && (in_string || *text != '}'); text++)
		if (in_string && *text == '\\' && text[1] != '\0')
			text++;
		else if (*text == '"')
			in_string = !in_string;
	return strcmp(text, "}\n") == 0;
}

/* So long that the cut falls on every part of what comes before, after and
   between two values. */
static void
cuts_lines_that_are_too_long(void **state)
{
	static const struct {
		char filler;
		size_t from, to; /* so many of them fill a line */
	} cases[] = {
	    {'a', LINE_SIZE - 450, LINE_SIZE + 50},
	    {'"', LINE_SIZE / 2 - 250, LINE_SIZE / 2 + 50},
	    {'\n', LINE_SIZE / 5 - 100, LINE_SIZE / 4 + 50},
	    {'=', LINE_SIZE - 450, LINE_SIZE + 50},
	};
	char value[LINE_SIZE + 50] = "";
	struct log_pair pairs[20] = {{"long", value}};

	for (size_t i = 1; i < COUNT(pairs); i++)
		pairs[i] = (struct log_pair){"next", "a b"};
	pairs[COUNT(pairs) - 1] = (struct log_pair){"last", "c"};

	(void)state;
	for (size_t i = 0; i < COUNT(cases) * 2; i++) {
		bool json = i % 2;

		open_log("stderr", "info", json ? "json" : "text");
		for (size_t n = cases[i / 2].from; n < cases[i / 2].to; n++) {
			char *text;

			memset(value, cases[i / 2].filler, n);
			value[n] = '\0';
			catch_stderr();
			log_event(LOG_LEVEL_INFO, pairs, COUNT(pairs));
			text = caught_text();
			CHECK(strlen(text) <= LINE_SIZE, "length");
			CHECK(strchr(text, '\n')[1] == '\0', "one line");
			CHECK(!json || is_json_object(text), "an object");
			CHECK(json || strstr(text, "last=c") != NULL ||
				  strstr(text, "...") != NULL,
			    "a mark");
			free(text);
		}
	}
}

static void
cuts_between_characters(void **state)
{
	char value[6000];
	char *text;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(value); i++)
		value[i] = "\xe2\x82\xac"[i % 3];
	value[sizeof(value) - 3] = '\0';
	for (size_t skip = 0; skip < 3; skip++) {
		open_log("stderr", "info", "text");
		catch_stderr();
		log_info("%s%s", &"123"[skip], value);
		text = caught_text();
		len = strlen(text);
		assert_true(len > LINE_SIZE - 16 && len <= LINE_SIZE);
		assert_string_equal(text + len - 7, "\xe2\x82\xac...\n");
		free(text);
	}
}

static void
goes_to_the_mail_facility_of_syslog(void **state)
{
	static const struct {
		const char *text;
		void (*log)(const char *format, ...);
		int priority; /* RFC 5424 6.2.1 */
	} cases[] = {
	    {"error: x%n\\x0a", log_error, 3},
	    {"warning: x%n\\x0a", log_warn, 4},
	    {"x%n\\x0a", log_info, 6},
	    {"x%n\\x0a", log_debug, 7},
	};

	(void)state;
	open_log("syslog", "debug", "text");
	assert_string_equal(sent.ident, "postward/policyd");
	assert_int_equal(sent.facility, 2 << 3);
	for (size_t i = 0; i < COUNT(cases); i++) {
		cases[i].log("%s", "x%n\n");
		CHECK_STR(sent.text, cases[i].text, "text");
		assert_int_equal(sent.priority, cases[i].priority);
	}
}

static void
sends_json_to_syslog_too(void **state)
{
	(void)state;
	open_log("syslog", "info", "json");
	log_info("x");
	assert_true(sent.text[0] == '{');
	assert_non_null(strstr(sent.text, "\"message\":\"x\"}"));
}

static void
holds_back_what_comes_again(void **state)
{
	struct log_limit limit = {0};

	(void)state;
	clock_set(1795341600, 0);
	open_log("stderr", "error", "text");
	catch_stderr();
	log_error_limited(&limit, "store: %s", "gone");
	check_caught(line_of("error: store: gone"), "the first");
	catch_stderr();
	for (int i = 0; i < 5; i++)
		log_error_limited(&limit, "store: %s", "gone");
	clock_advance(59999);
	log_error_limited(&limit, "store: %s", "gone");
	check_caught("", "within the minute");
	clock_advance(1);
	catch_stderr();
	log_error_limited(&limit, "store: %s", "gone");
	check_caught(line_of("error: store: gone (6 more held back)"),
	    "the next");
	clock_advance(60000);
	catch_stderr();
	log_error_limited(&limit, "store: %s", "gone");
	check_caught(line_of("error: store: gone"), "nothing held back");
}

#define WRITERS 4
#define LINES   500

static void *
write_lines(void *context)
{
	const char *word = context;

	for (int i = 0; i < LINES; i++)
		log_info("%s %s", word, word);
	return NULL;
}

static void
may_be_opened_again_while_others_write(void **state)
{
	static char words[WRITERS][400];
	pthread_t threads[WRITERS];
	size_t lines = 0;
	char *text, *rest;

	(void)state;
	open_log("stderr", "info", "text");
	catch_stderr();
	for (size_t i = 0; i < WRITERS; i++) {
		memset(words[i], 'a' + (int)i, sizeof(words[i]) - 1);
		pthread_create(&threads[i], NULL, write_lines, words[i]);
	}
	for (int i = 0; i < 100; i++)
		open_log("stderr", "info", i % 2 == 0 ? "json" : "text");
	for (size_t i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	text = caught_text();
	for (char *line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		size_t len = strlen(line);

		lines++;
		if (line[0] == '{')
			CHECK(strcmp(line + len - 2, "\"}") == 0, line);
		else
			CHECK(line[len - 1] == line[len - 401], line);
	}
	free(text);
	assert_int_equal(lines, WRITERS * LINES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_to_stderr_before_it_is_opened),
	    cmocka_unit_test(marks_what_is_more_than_a_decision),
	    cmocka_unit_test(leaves_out_what_is_below_the_level),
	    cmocka_unit_test(keeps_a_line_a_line),
	    cmocka_unit_test(writes_decisions_as_pairs),
	    cmocka_unit_test(writes_json),
	    cmocka_unit_test(cuts_lines_that_are_too_long),
	    cmocka_unit_test(cuts_between_characters),
	    cmocka_unit_test(goes_to_the_mail_facility_of_syslog),
	    cmocka_unit_test(sends_json_to_syslog_too),
	    cmocka_unit_test(holds_back_what_comes_again),
	    cmocka_unit_test(may_be_opened_again_while_others_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
