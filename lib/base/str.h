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

/* A text that grows.  text is always ended by a NUL and lives in the arena;
   start with str_init. */
struct str {
	struct arena *arena;
	char *text;
	size_t len, room;
};

void str_init(struct str *s, struct arena *a);
void str_add(struct str *s, const char *text);
void str_add_bytes(struct str *s, const char *bytes, size_t len);
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

/* What a log line, a header or a terminal may carry: printable ASCII and
   well-formed UTF-8 stay; every other byte, CR, LF, NUL and C1 control
   characters among them, becomes \xHH.  What is then longer than `most`
   bytes is cut between characters, so that it and "..." are not. */
char *str_printable(struct arena *a, const char *bytes, size_t len,
    size_t most);

/* One step of it: how the first character of bytes is shown.  The bytes
   written to out are counted in what is returned, those they stand for in
   used.  len is at least 1. */
size_t str_show(const char *bytes, size_t len, char out[static 4],
    size_t *used);

/* Writes n in decimal, without a NUL; behind its last digit. */
#define STR_DIGITS_MOST 20
char *str_put_decimal(char *to, uint64_t n);

bool str_is_ascii(const char *text);

/* Bytes of the well-formed UTF-8 character at p (RFC 3629: no overlong form,
   no surrogate), 1 to 4; 0 if it is none. */
size_t str_utf8(const char *p, size_t len);

/* The same of a text that is ended by a NUL; 0 also for a control character,
   and at its end. */
size_t str_character(const char *p);
