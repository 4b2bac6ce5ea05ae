/* SPDX-License-Identifier: MIT */
#include "base/typed.h"

#include "base/str.h"
#include "base/unicode.h"

#include <string.h>

/* Returns the kind of the character at p; CONTROL, with the size 1, also for a
   byte that is not UTF-8; 0 at the end. */
static size_t
next_character(const char *p, uint32_t *c, enum unicode_kind *kind)
{
	size_t size;

	if (*p >= ' ' && *p <= '~') {
		*c = (unsigned char)*p;
		*kind = UNICODE_SEEN;
		return 1;
	}
	size = str_utf8(p, strnlen(p, 4));
	*c = 0;
	*kind = UNICODE_CONTROL;
	if (*p == '\0')
		return 0;
	if (size == 0)
		return 1;
	*c = unicode_read(p, size);
	*kind = unicode_kind(*c);
	return size;
}

static bool
is_space(uint32_t c, enum unicode_kind kind)
{
	return kind == UNICODE_BLANK || c == ' ' || c == '\t' || c == '\r' ||
	       c == '\n';
}

/* A byte that is not UTF-8 is a mistake, and stays so that it can be seen. */
static bool
is_empty(uint32_t c, enum unicode_kind kind)
{
	return is_space(c, kind) || kind == UNICODE_JOINER ||
	       kind == UNICODE_HIDDEN || (kind == UNICODE_CONTROL && c != 0);
}

char *
typed_trim(struct arena *a, const char *text)
{
	const char *begin = NULL, *end = text;
	enum unicode_kind kind;
	uint32_t c;
	size_t size;

	for (; (size = next_character(text, &c, &kind)) > 0; text += size) {
		if (is_empty(c, kind))
			continue;
		begin = begin == NULL ? text : begin;
		end = text + size;
	}
	return begin == NULL
		   ? arena_copy_text(a, "")
		   : arena_copy_bytes(a, begin, (size_t)(end - begin));
}

char *
typed_line(struct arena *a, const char *text)
{
	char *line = arena_take(a, strlen(text) + 1), *out = line;
	enum unicode_kind kind;
	uint32_t c;
	size_t size;

	for (; (size = next_character(text, &c, &kind)) > 0; text += size) {
		if (is_space(c, kind)) {
			if (out > line && out[-1] != ' ')
				*out++ = ' ';
			continue;
		}
		if (kind == UNICODE_CONTROL || kind == UNICODE_NONE)
			return NULL;
		if (kind == UNICODE_HIDDEN)
			continue;
		memcpy(out, text, size);
		out += size;
	}
	if (out > line && out[-1] == ' ')
		out--;
	*out = '\0';
	return line;
}

const char *
typed_unseen(struct arena *a, const char *text)
{
	enum unicode_kind kind;
	uint32_t c;
	size_t size;

	for (; (size = next_character(text, &c, &kind)) > 0; text += size)
		if (!(kind == UNICODE_SEEN || kind == UNICODE_MARK) &&
		    !(kind == UNICODE_CONTROL && c == 0))
			return arena_printf(a, "U+%04X", (unsigned)c);
	return NULL;
}

/* '\0': the character is like no letter or digit of ASCII */
static char
ascii_of(uint32_t c)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	static const char digits[] = "0123456789";
	static const struct {
		uint32_t first, last;
		const char *as; /* again and again */
	} rows[] = {
	    {0xb2, 0xb3, "23"},
	    {0xb9, 0xb9, "1"},
	    {0x660, 0x669, digits},
	    {0x6f0, 0x6f9, digits},
	    {0x2070, 0x2070, "0"},
	    {0x2074, 0x2079, digits + 4},
	    {0x2080, 0x2089, digits},
	    {0x2460, 0x2468, digits + 1},
	    {0x24b6, 0x24e9, letters},
	    {0x24ea, 0x24ea, "0"},
	    {0xff10, 0xff19, digits},
	    {0xff21, 0xff3a, letters},
	    {0xff41, 0xff5a, letters + 26},
	    {0x1d400, 0x1d6a3, letters},
	    {0x1d7ce, 0x1d7ff, digits},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (c >= rows[i].first && c <= rows[i].last)
			return rows[i]
			    .as[(c - rows[i].first) % strlen(rows[i].as)];
	return '\0';
}

char *
typed_ascii(struct arena *a, const char *text)
{
	char *folded = arena_copy_text(a, text), *out = folded;
	enum unicode_kind kind;
	uint32_t c;
	size_t size;

	if (str_is_ascii(text))
		return folded;
	for (; (size = next_character(text, &c, &kind)) > 0; text += size) {
		char as = ascii_of(c);

		if (as != '\0') {
			*out++ = as;
			continue;
		}
		memcpy(out, text, size);
		out += size;
	}
	*out = '\0';
	return folded;
}
