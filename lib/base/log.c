/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include "base/clock.h"
#include "base/private/log_queue.h"
#include "base/str.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/* PIPE_BUF: lines of that length stay whole, however many write to a pipe. */
#define LINE_SIZE 4096
/* The rest of a line is kept for what closes it. */
#define LINE_ROOM (LINE_SIZE - 8)
#define HOLD_MS   60000

static const struct {
	const char *name, *mark;
	int priority;
} levels[] = {
    [LOG_LEVEL_ERROR] = {"error", "error: ", LOG_ERR},
    [LOG_LEVEL_WARN] = {"warn", "warning: ", LOG_WARNING},
    [LOG_LEVEL_INFO] = {"info", "", LOG_INFO},
    [LOG_LEVEL_DEBUG] = {"debug", "", LOG_DEBUG},
};

/* What log_open sets, while other threads may be writing. */
static atomic_int last_level = LOG_LEVEL_INFO;
static atomic_bool to_syslog, as_json;
static atomic_long process; /* keeping it spares a system call for each line */
static const char *_Atomic program_name;

/* Text and JSON are built alike: pieces are added until one does not fit;
   then the line is cut, and only what closes it is added. */
struct line {
	bool syslog, json, cut;
	size_t len;
	char text[LINE_SIZE];
};

static int
level_named(const char *name)
{
	int level = LOG_LEVEL_DEBUG;

	while (level > LOG_LEVEL_ERROR && strcmp(levels[level].name, name) != 0)
		level--;
	assert(strcmp(levels[level].name, name) == 0);
	return level;
}

void
log_open(const char *program, const struct log_settings *settings)
{
	static atomic_flag opened = ATOMIC_FLAG_INIT;
	static char ident[64];

	/* Opens syslog once: it keeps the pointer, and may be reading it. */
	if (!atomic_flag_test_and_set(&opened)) {
		snprintf(ident, sizeof(ident), "postward/%s", program);
		openlog(ident, LOG_PID, LOG_MAIL);
	}
	program_name = program;
	process = getpid();
	last_level = level_named(settings->level);
	as_json = strcmp(settings->format, "json") == 0;
	to_syslog = strcmp(settings->to, "syslog") == 0;
}

/* Writes what closes a piece or the line, for which there is always room. */
static void
line_close(struct line *line, const char *end)
{
	size_t len = strlen(end);

	assert(len < LINE_SIZE - line->len);
	memcpy(line->text + line->len, end, len + 1);
	line->len += len;
}

/* Writes a text that needs no escape and fits, which is true of most. */
static size_t
line_add_plain(struct line *line, const char *text, size_t len, bool quoted)
{
	size_t n = 0;

	if (line->len >= LINE_ROOM) /* what closed the piece before */
		return 0;
	if (len > LINE_ROOM - line->len)
		len = LINE_ROOM - line->len;
	while (n < len && text[n] >= ' ' && text[n] <= '~' &&
	       !(quoted && (text[n] == '"' || text[n] == '\\')))
		n++;
	memcpy(line->text + line->len, text, n);
	line->len += n;
	return n;
}

static void
line_add(struct line *line, const char *text, bool quoted)
{
	size_t len = strlen(text);
	size_t plain = line->cut ? 0 : line_add_plain(line, text, len, quoted);
	struct str_view rest = {text + plain, len - plain, 0};

	while (rest.len > 0 && !line->cut) {
		char shown[1 + STR_SHOWN_MAX] = "\\";
		size_t n = str_show(&rest, shown + 1);
		bool escaped = quoted && strchr("\"\\", shown[1]) != NULL;

		n += escaped;
		if (line->len + n > LINE_ROOM) {
			line->cut = true;
			line_close(line, "...");
			return;
		}
		memcpy(line->text + line->len, shown + !escaped, n);
		line->len += n;
	}
}

/* A member without room even for its name is left out, so that a line that is
   cut is still JSON. */
static void
line_add_member(struct line *line, const char *name, const char *value)
{
	size_t around = strlen(name) + strlen(",\"\":\"\"");

	if (line->len + around > LINE_ROOM)
		line->cut = true;
	if (line->cut)
		return;
	line_add(line, line->len > 1 ? ",\"" : "\"", false);
	line_add(line, name, false);
	line_add(line, "\":\"", false);
	line_add(line, value, true);
	line_close(line, "\"");
}

/* How many characters from the value's first on need neither quotes nor an
   escape. */
static size_t
bare_run(const char *value)
{
	size_t n = 0;

	while (value[n] > ' ' && value[n] <= '~' && value[n] != '"' &&
	       value[n] != '=')
		n++;
	return n;
}

/* Writes a pair that is all bare and fits, which is true of most. */
static bool
line_add_bare_pair(struct line *line, const char *key, const char *value)
{
	size_t key_len = strlen(key), len = bare_run(value);

	if (len == 0 || value[len] != '\0' || line->cut ||
	    line->len + key_len + 1 + len > LINE_ROOM)
		return false;
	memcpy(line->text + line->len, key, key_len);
	line->len += key_len;
	line->text[line->len++] = '=';
	memcpy(line->text + line->len, value, len + 1);
	line->len += len;
	return true;
}

static void
line_add_space(struct line *line)
{
	if (line->cut || line->len >= LINE_ROOM)
		line_add(line, " ", false);
	else
		line->text[line->len++] = ' ';
}

static void
line_add_pair(struct line *line, const char *key, const char *value)
{
	bool quoted;

	if (line_add_bare_pair(line, key, value))
		return;
	quoted = value[0] == '\0' || strpbrk(value, " \"=") != NULL;
	line_add(line, key, false);
	line_add(line, quoted ? "=\"" : "=", false);
	if (line->cut)
		return;
	line_add(line, value, quoted);
	line_close(line, quoted ? "\"" : "");
}

static void
line_add_time(struct line *line)
{
	int64_t now = clock_now_ms();
	time_t seconds = (time_t)(now / 1000);
	char date[32], text[48];
	struct tm utc;

	gmtime_r(&seconds, &utc);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text, sizeof(text), "%s.%03dZ", date, (int)(now % 1000));
	line_add_member(line, "time", text);
}

/* Writes the head of a line in the form of syslog. */
static void
line_add_head(struct line *line, const char *program)
{
	char digits[STR_DIGITS_MAX + 1];
	long pid = process != 0 ? process : getpid();

	line_close(line, "postward");
	if (program != NULL) {
		line_close(line, "/");
		line_add(line, program, false);
	}
	*str_put_decimal(digits, (uint64_t)pid) = '\0';
	line_close(line, "[");
	line_close(line, digits);
	line_close(line, "]: ");
}

static void
line_begin(struct line *line, enum log_level level)
{
	const char *program = program_name;

	line->cut = false;
	line->len = 0;
	line->syslog = to_syslog;
	line->json = as_json;
	if (line->json) {
		line_close(line, "{");
		line_add_time(line);
		line_add_member(line, "level", levels[level].name);
		line_add_member(line, "program",
		    program != NULL ? program : "postward");
		return;
	}
	if (!line->syslog)
		line_add_head(line, program);
	line_add(line, levels[level].mark, false);
}

static struct log_line
log_line_end(struct line *line, enum log_level level)
{
	line_close(line, line->json ? "}" : "");
	if (!line->syslog)
		line_close(line, "\n");
	return (struct log_line){
	    .syslog = line->syslog,
	    .matters = level <= LOG_LEVEL_WARN,
	    .priority = levels[level].priority,
	    .text = line->text,
	    .len = line->len,
	};
}

static void
line_log(struct line *line, enum log_level level)
{
	struct log_line ended = log_line_end(line, level);

	if (!log_queue_add(&ended))
		log_queue_write(&ended);
}

static void
line_add_message(struct line *line, const char *text)
{
	if (line->json)
		line_add_member(line, "message", text);
	else
		line_add(line, text, false);
}

static struct metric_cell lost[1];

struct metric_family log_lines_lost = {
    .name = "postward_log_lines_lost_total",
    .help = "Lines of the log that nobody read fast enough.",
    .n = 1,
    .cells = lost,
};

static void
say_lost(unsigned lines)
{
	struct line line;
	struct log_line ended;
	char text[64];

	metric_add(&log_lines_lost, 0, lines);
	snprintf(text, sizeof(text), "%u lines of this log were lost", lines);
	line_begin(&line, LOG_LEVEL_WARN);
	line_add_message(&line, text);
	ended = log_line_end(&line, LOG_LEVEL_WARN);
	log_queue_write(&ended);
}

void
log_start(void)
{
	static atomic_flag registered = ATOMIC_FLAG_INIT;

	log_queue_start(say_lost);
	if (!atomic_flag_test_and_set(&registered))
		atexit(log_stop);
}

void
log_stop(void)
{
	log_queue_stop();
}

static void
log_message(enum log_level level, const char *format, va_list args)
{
	char text[LINE_SIZE]; /* the line would cut it anyway */
	struct line line;

	if ((int)level > last_level)
		return;
	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	line_begin(&line, level);
	line_add_message(&line, text);
	line_log(&line, level);
}

void
log_event(enum log_level level, const struct log_pair *pairs, size_t n)
{
	struct line line;
	bool first = true;

	if ((int)level > last_level)
		return;
	line_begin(&line, level);
	for (size_t i = 0; i < n; i++) {
		if (pairs[i].value == NULL)
			continue;
		if (line.json) {
			line_add_member(&line, pairs[i].key, pairs[i].value);
			continue;
		}
		if (!first)
			line_add_space(&line);
		line_add_pair(&line, pairs[i].key, pairs[i].value);
		first = false;
	}
	line_log(&line, level);
}

void
log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_message(LOG_LEVEL_ERROR, format, args);
	va_end(args);
}

void
log_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_message(LOG_LEVEL_WARN, format, args);
	va_end(args);
}

void
log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_message(LOG_LEVEL_INFO, format, args);
	va_end(args);
}

void
log_debug(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_message(LOG_LEVEL_DEBUG, format, args);
	va_end(args);
}

void
log_error_limited(struct log_limit *limit, const char *format, ...)
{
	int64_t now = clock_ms(), next = limit->next_ms;
	char text[LINE_SIZE / 2]; /* the count of those held back must fit */
	unsigned held_back;
	va_list args;

	if (now < next || !atomic_compare_exchange_strong(&limit->next_ms,
			      &next, now + HOLD_MS)) {
		limit->held_back++;
		return;
	}
	held_back = atomic_exchange(&limit->held_back, 0);
	va_start(args, format);
	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	va_end(args);
	if (held_back == 0)
		log_error("%s", text);
	else
		log_error("%s (%u more held back)", text, held_back);
}
