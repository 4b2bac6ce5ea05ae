/* SPDX-License-Identifier: MIT */
/*
 * str - text: building it, comparing it as mail does (ASCII case only, never
 * the locale's), and making a stranger's bytes fit to be shown.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A text that grows.  text is always ended by a NUL and lives in the arena;
   start with str_init. */
struct str {
	struct arena *arena;
	char *text;
	size_t len, room;
};

void str_init(struct str *s, struct arena *a);
void str_add(struct str *s, const char *text);
/* Room for so many more bytes at s->text + s->len, where the caller writes them
   and a NUL, and adds to s->len. */
char *str_reserve(struct str *s, size_t len);

/* Inline: most add a few bytes to a text that has room. */
static inline void
str_add_bytes(struct str *s, const char *bytes, size_t len)
{
	char *to =
	    len < s->room - s->len ? s->text + s->len : str_reserve(s, len);

	if (len > 0)
		memcpy(to, bytes, len);
	to[len] = '\0';
	s->len += len;
}

void str_addf(struct str *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Inline: hashes and comparisons of names live on it. */
static inline char
str_lower_char(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool str_equal_fold(const char *a, const char *b);
bool str_starts(const char *text, const char *beginning);
bool str_starts_fold(const char *text, const char *beginning);
bool str_ends_fold(const char *text, const char *end);
char *str_lower(struct arena *a, const char *text);

/* What a log line, a header or a terminal may carry: what can be seen stays
   as it is; a byte that is no part of well-formed UTF-8 becomes \xHH, and so
   do control characters, CR, LF and NUL among them; a character that nobody
   sees, or that changes how others look (unicode.h), and a mark after
   UNICODE_MARKS_MAX others, becomes \u{200b}.  None of these takes more than
   4 bytes for one.  What is then longer than `most` bytes is cut between
   characters, so that it and "..." are not. */
char *str_printable(struct arena *a, const char *bytes, size_t len,
    size_t most);

/* How many of the bytes, from the first on, are ASCII that can be seen, or a
   space: str_printable changes none of these. */
size_t str_plain_run(const char *bytes, size_t len);

/* str_printable, one character at a time. */
struct str_view {
	const char *bytes;
	size_t len;
	unsigned marks; /* shown in a row; 0 to start with */
};

#define STR_SHOWN_MAX 10 /* \u{10ffff} */

/* How the first character of v, which is not empty, is shown; it is taken out
   of v.  Bytes written to out, no NUL among them. */
size_t str_show(struct str_view *v, char out[static STR_SHOWN_MAX]);

/* Well-formed UTF-8 as ASCII: \x{FC} for each other character (RFC 6533 3),
   \xHH for a byte that is none. */
char *str_ascii(struct arena *a, const char *text);

/* Writes n in decimal, without a NUL; behind its last digit. */
#define STR_DIGITS_MAX 20
char *str_put_decimal(char *to, uint64_t n);

bool str_is_ascii(const char *text);

/* Bytes of the well-formed UTF-8 character at p (RFC 3629: no overlong form,
   no surrogate), 1 to 4; 0 if it is none. */
size_t str_utf8(const char *p, size_t len);

/* The same of a text that is ended by a NUL; 0 also for a control character,
   and at its end. */
size_t str_character(const char *p);
