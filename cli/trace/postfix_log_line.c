/* SPDX-License-Identifier: MIT */
#include "postfix_log_line.h"

#include <string.h>
#include <time.h>

#define TRADITIONAL_LEN 15 /* "Nov 29 08:00:01" */
#define DAY             ((int64_t)24 * 3600)

bool
log_text_starts(struct log_text text, const char *beginning)
{
	size_t len = strlen(beginning);

	return text.len >= len && memcmp(text.bytes, beginning, len) == 0;
}

bool
log_text_equal(struct log_text text, const char *other)
{
	return text.len == strlen(other) && log_text_starts(text, other);
}

size_t
log_text_find(struct log_text text, const char *part)
{
	const char *at = text.len == 0
			     ? NULL
			     : memmem(text.bytes, text.len, part, strlen(part));

	return at == NULL ? text.len : (size_t)(at - text.bytes);
}

char *
log_text_copy(struct arena *a, struct log_text text)
{
	char *copy =
	    arena_copy_bytes(a, text.len == 0 ? "" : text.bytes, text.len);

	for (size_t i = 0; i < text.len; i++)
		if (copy[i] == '\0')
			copy[i] = '?';
	return copy;
}

static struct log_text
log_text_from(struct log_text text, size_t n)
{
	n = n < text.len ? n : text.len;
	return (struct log_text){text.bytes + n, text.len - n};
}

/* Takes what stands before `end` off the text, and that too. */
static bool
take_until(struct log_text *text, const char *end, struct log_text *out)
{
	size_t n = log_text_find(*text, end);

	if (n == text->len)
		return false;
	*out = (struct log_text){text->bytes, n};
	*text = log_text_from(*text, n + strlen(end));
	return true;
}

/* ---- the time */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* n digits, or -1; the first may be a blank. */
static int
digits(const char *p, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++) {
		if (i == 0 && n == 2 && p[0] == ' ')
			continue;
		if (!is_digit(p[i]))
			return -1;
		value = value * 10 + (p[i] - '0');
	}
	return value;
}

static int
month_of(const char *p)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12; i++)
		if (memcmp(p, names + (ptrdiff_t)3 * i, 3) == 0)
			return i;
	return -1;
}

static bool
read_clock(const char *p, struct tm *tm)
{
	tm->tm_hour = digits(p, 2);
	tm->tm_min = digits(p + 3, 2);
	tm->tm_sec = digits(p + 6, 2);
	return p[2] == ':' && p[5] == ':' && tm->tm_hour >= 0 &&
	       tm->tm_hour < 24 && tm->tm_min >= 0 && tm->tm_min < 60 &&
	       tm->tm_sec >= 0 && tm->tm_sec <= 60;
}

static int64_t
local_time(struct tm tm, int year)
{
	tm.tm_year = year;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm);
}

/* 29 February is of the last leap year. */
static int64_t
traditional_time(const char *line, int64_t latest)
{
	struct tm tm = {
	    .tm_mon = month_of(line), .tm_mday = digits(line + 4, 2)};
	time_t now = (time_t)(latest + DAY);
	struct tm here;

	if (line[3] != ' ' || line[6] != ' ' || tm.tm_mon < 0 ||
	    tm.tm_mday < 1 || tm.tm_mday > 31 || !read_clock(line + 7, &tm) ||
	    localtime_r(&now, &here) == NULL)
		return -1;
	for (int back = 0; back < 9; back++) {
		int year = here.tm_year - back;
		int64_t t = local_time(tm, year);
		bool leap = year % 4 == 0 &&
			    (year % 100 != 0 || (year + 1900) % 400 == 0);

		if (tm.tm_mon == 1 && tm.tm_mday == 29 && !leap)
			continue;
		if (t != -1 && t <= latest + DAY)
			return t;
	}
	return -1;
}

/* "Z", "+01:00" or "+0100" behind the fraction; seconds, or a day: wrong. */
static int64_t
zone_offset(const char *p, size_t len)
{
	int sign, hours, minutes;

	if (len > 0 && (*p == '.' || *p == ','))
		do {
			p++;
			len--;
		} while (len > 0 && is_digit(*p));
	if (len >= 1 && *p == 'Z')
		return 0;
	if (len < 5 || (*p != '+' && *p != '-'))
		return DAY;
	sign = *p == '-' ? -1 : 1;
	hours = digits(p + 1, 2);
	minutes =
	    p[3] == ':' ? len < 6 ? -1 : digits(p + 4, 2) : digits(p + 3, 2);
	return hours < 0 || hours > 15 || minutes < 0 || minutes > 59
		   ? DAY
		   : sign * (hours * 3600 + minutes * 60);
}

static int64_t
stamp_time(const char *line, size_t len)
{
	struct tm tm = {.tm_year = digits(line, 4) - 1900,
	    .tm_mon = digits(line + 5, 2) - 1,
	    .tm_mday = digits(line + 8, 2)};
	int64_t offset = zone_offset(line + 19, len - 19);

	if (line[4] != '-' || line[7] != '-' ||
	    (line[10] != 'T' && line[10] != ' ') || tm.tm_year < 70 ||
	    tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1 ||
	    tm.tm_mday > 31 || !read_clock(line + 11, &tm) || offset == DAY)
		return -1;
	return (int64_t)timegm(&tm) - offset;
}

int64_t
postfix_log_time(const char *line, size_t len, int64_t latest)
{
	if (len >= 20 && is_digit(line[0]))
		return stamp_time(line, len);
	return len > TRADITIONAL_LEN ? traditional_time(line, latest) : -1;
}

/* ---- its parts */

/* "0-9A-F", or digits and consonants with a 'z' between time and inode. */
bool
postfix_log_is_id(const char *bytes, size_t len)
{
	bool is_short = true, is_long = len > 10 && bytes[10] == 'z';

	if (len < POSTFIX_ID_MIN || len > POSTFIX_ID_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = bytes[i];

		is_short = is_short && (is_digit(c) || (c >= 'A' && c <= 'F'));
		is_long = is_long && c != '\0' &&
			  strchr("0123456789BCDFGHJKLMNPQRSTVWXYZ"
				 "bcdfghjklmnpqrstvwxyz",
			      c) != NULL;
	}
	return is_short || is_long;
}

static int64_t
read_pid(struct log_text text)
{
	int64_t pid = 0;

	if (text.len == 0 || text.len > 12)
		return -1;
	for (size_t i = 0; i < text.len; i++) {
		if (!is_digit(text.bytes[i]))
			return -1;
		pid = pid * 10 + (text.bytes[i] - '0');
	}
	return pid;
}

/* "postfix/smtpd[17]: "; the number may be missing. */
static bool
take_tag(struct log_text *rest, struct postfix_log_line *out)
{
	struct log_text tag;
	size_t open;
	const char *slash;

	if (!take_until(rest, ": ", &tag))
		return false;
	open = log_text_find(tag, "[");
	out->pid = -1;
	if (open < tag.len && tag.bytes[tag.len - 1] == ']')
		out->pid = read_pid((struct log_text){
		    tag.bytes + open + 1, tag.len - open - 2});
	out->tag = (struct log_text){tag.bytes, open};
	slash = open == 0 ? NULL : memrchr(tag.bytes, '/', open);
	if (slash == NULL || memchr(tag.bytes, ' ', open) != NULL)
		return false;
	out->program = log_text_from(out->tag, (size_t)(slash + 1 - tag.bytes));
	return out->program.len > 0;
}

static void
take_queue_id(struct log_text *rest, struct postfix_log_line *out)
{
	struct log_text before = {rest->bytes,
	    rest->len < POSTFIX_ID_MAX + 2 ? rest->len : POSTFIX_ID_MAX + 2};
	size_t n = log_text_find(before, ": ");

	out->queue_id = (struct log_text){rest->bytes, 0};
	if (n == before.len)
		return;
	before.len = n;
	if (!postfix_log_is_id(before.bytes, n) &&
	    !log_text_equal(before, "NOQUEUE"))
		return;
	out->queue_id = before;
	*rest = log_text_from(*rest, n + 2);
}

bool
postfix_log_line_read(const char *line, size_t len,
    struct postfix_log_line *out)
{
	struct log_text rest = {line, len};
	size_t stamp = len > 0 && is_digit(line[0]) ? log_text_find(rest, " ")
						    : TRADITIONAL_LEN;

	if (stamp >= len || line[stamp] != ' ')
		return false;
	out->stamp = (struct log_text){line, stamp};
	rest = log_text_from(rest, stamp + 1);
	if (!take_until(&rest, " ", &out->host) || !take_tag(&rest, out))
		return false;
	take_queue_id(&rest, out);
	out->text = rest;
	return true;
}

/* ---- its fields */

/* Behind "key=" at the beginning, a blank, or a comma. */
static bool
find_value(struct log_text text, const char *key, struct log_text *out)
{
	size_t len = strlen(key), at = 0;

	for (;;) {
		struct log_text rest = log_text_from(text, at);
		size_t n = log_text_find(rest, key);

		if (n == rest.len)
			return false;
		at += n;
		if (at + len < text.len && text.bytes[at + len] == '=' &&
		    (at == 0 || text.bytes[at - 1] == ' ')) {
			*out = log_text_from(text, at + len + 1);
			return true;
		}
		at += len;
	}
}

/* '>' ends it where something else begins: a quoted local part may have one. */
static size_t
bracket_end(struct log_text value)
{
	for (size_t i = 1; i < value.len; i++)
		if (value.bytes[i] == '>' &&
		    (i + 1 == value.len || value.bytes[i + 1] == ',' ||
			value.bytes[i + 1] == ' ' || value.bytes[i + 1] == ':'))
			return i;
	return value.len;
}

bool
postfix_log_field(struct log_text text, const char *key, struct log_text *out)
{
	struct log_text value;
	size_t n;

	if (!find_value(text, key, &value))
		return false;
	if (value.len > 0 && value.bytes[0] == '<') {
		n = bracket_end(value);
		*out = (struct log_text){value.bytes + 1, n - 1};
		return true;
	}
	n = log_text_find(value, ", ");
	if (log_text_find(value, " ") < n)
		n = log_text_find(value, " ");
	*out = (struct log_text){value.bytes, n};
	return true;
}
