/* SPDX-License-Identifier: MIT */
/*
 * postfix_log_line - one line of Postfix' log, taken apart.  Pure: no clock, no
 * file; nothing is copied, and no byte of it is trusted.
 *
 *	Nov 29 08:00:01 mx postfix/smtpd[17]: 4XbY3z1QzPz9:
 *client=a.example[...] 2026-11-29T08:00:01.123456+00:00 mx
 *postfix/submission/smtpd[17]: ...
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of somebody else's line; not ended by a NUL. */
struct log_text {
	const char *bytes;
	size_t len;
};

/* The shortest and longest id that Postfix gives a message. */
#define POSTFIX_ID_MIN 6
#define POSTFIX_ID_MAX 24

struct postfix_log_line {
	struct log_text stamp, host;
	struct log_text tag;      /* "postfix/submission/smtpd" */
	struct log_text program;  /* "smtpd": behind the last slash */
	int64_t pid;              /* -1: none is told */
	struct log_text queue_id; /* "NOQUEUE" too; len 0: none */
	struct log_text text;     /* what is behind it */
};

/* line: without its end.  false: no line of Postfix, whose tag has a slash. */
bool postfix_log_line_read(const char *line, size_t len,
    struct postfix_log_line *out);

/* Is it a queue id, short or long (enable_long_queue_ids)? */
bool postfix_log_is_id(const char *bytes, size_t len);

/* The time of a line, in seconds since 1970; -1: it begins with none.  A stamp
   without a year, which is of the local time zone, is of the last such day that
   is no more than a day later than `latest`. */
int64_t postfix_log_time(const char *line, size_t len, int64_t latest);

/* The value of `key` in a text of "key=value, key=value": without its angle
   brackets, if it has some; false: there is none. */
bool postfix_log_field(struct log_text text, const char *key,
    struct log_text *out);

/* Does it begin so? */
bool log_text_starts(struct log_text text, const char *beginning);
bool log_text_equal(struct log_text text, const char *other);
/* Where `part` begins in it; len of the text: nowhere. */
size_t log_text_find(struct log_text text, const char *part);
/* In the arena; a NUL, of which no syslog writes any, is a '?' there. */
char *log_text_copy(struct arena *a, struct log_text text);
