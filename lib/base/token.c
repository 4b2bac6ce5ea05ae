/* SPDX-License-Identifier: MIT */
#include "base/token.h"

#include "base/str.h"
#include "base/typed.h"
#include "base/unicode.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

enum rc
token_make(struct arena *a, char **out, struct err *err)
{
	uint8_t bytes[TOKEN_LEN];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return err_set(err, RC_TEMP, "no random bytes");
	*out = arena_take(a, TOKEN_LEN + 1);
	for (size_t i = 0; i < TOKEN_LEN; i++)
		(*out)[i] = digits[bytes[i] % 32];
	return RC_OK;
}

/* The digit that c stands for; '\0': c is no digit. */
static char
read_digit(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		return '0';
	if (c == 'I' || c == 'L')
		return '1';
	return strchr(digits, c) != NULL ? c : '\0';
}

static bool
is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

/* True: a dash or hyphen (General_Category Pd), or a character that looks like
   one. */
static bool
is_hyphen(uint32_t c)
{
	static const uint32_t others[] = {'-', '_', '~', 0x2d7, 0x58a, 0x5be,
	    0x1806, 0x2043, 0x2212, 0x2e3a, 0x2e3b, 0x301c, 0x3030, 0x30fc,
	    0xfe58, 0xfe63, 0xff0d, 0xff70};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (others[i] == c)
			return true;
	return (c >= 0x2010 && c <= 0x2015) || (c >= 0xfe31 && c <= 0xfe32);
}

/* Returns a character as the search for a token sees it: itself, '-' for all
   kinds of hyphens, ' ' for blanks, '.' for any other; '\0' for one that is
   passed over. */
static char
plain_of(uint32_t c)
{
	if (c < 0x80 && is_alphanumeric((char)c))
		return (char)c;
	if (is_hyphen(c))
		return '-';
	if (c == ' ' || (c >= '\t' && c <= '\r') ||
	    unicode_kind(c) == UNICODE_BLANK)
		return ' ';
	return unicode_is_seen(c) ? '.' : '\0';
}

/* Returns how many bytes &nbsp; &#8209; or &#x2d; takes at p; 0: there is none.
   Only the names of characters that may stand in a code are known; others do no
   harm as words. */
static size_t
entity_at(const char *p, char *as)
{
	size_t len = strcspn(p, "; \r\n\t<>");
	static const struct {
		const char *name;
		char as;
	} named[] = {
	    {"&nbsp", ' '},
	    {"&shy", '\0'},
	    {"&zwj", '\0'},
	    {"&zwnj", '\0'},
	    {"&ndash", '-'},
	    {"&mdash", '-'},
	    {"&minus", '-'},
	    {"&hyphen", '-'},
	    {"&dash", '-'},
	};

	if (*p != '&' || len > 10 || p[len] != ';')
		return 0;
	if (p[1] == '#') {
		bool hex = p[2] == 'x' || p[2] == 'X';
		char *end;
		unsigned long c =
		    strtoul(p + (hex ? 3 : 2), &end, hex ? 16 : 10);

		*as = plain_of(c <= 0x10ffff ? (uint32_t)c : '.');
		return end == p + len ? len + 1 : 0;
	}
	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++)
		if (strlen(named[i].name) == len &&
		    strncmp(p, named[i].name, len) == 0) {
			*as = named[i].as;
			return len + 1;
		}
	return 0;
}

static int
hex_value(char c)
{
	const char *found = strchr("0123456789abcdef", str_lower_char(c));

	return c == '\0' || found == NULL
		   ? -1
		   : (int)(found - strchr("0123456789abcdef", '0'));
}

/* Reads %20 and the like, as they stand in a copied link. */
static char *
without_percent(struct arena *a, const char *text)
{
	char *plain = arena_copy_text(a, text), *out = plain;

	for (; *text != '\0'; text++) {
		int high = text[0] == '%' ? hex_value(text[1]) : -1;
		int low = high >= 0 ? hex_value(text[2]) : -1;

		*out = *text;
		if (low >= 0 && high + low > 0) {
			*out = (char)(high * 16 + low);
			text += 2;
		}
		out++;
	}
	*out = '\0';
	return plain;
}

static char *
plain_text(struct arena *a, const char *typed)
{
	const char *p = typed_ascii(a, without_percent(a, typed));
	char *plain = arena_take(a, strlen(p) + 1), *out = plain;
	size_t size;

	for (; *p != '\0'; p += size) {
		char c = '.'; /* for a byte that is not UTF-8 */

		size = entity_at(p, &c);
		if (size == 0) {
			size = str_utf8(p, strnlen(p, 4));
			if (size > 0)
				c = plain_of(unicode_read(p, size));
			else
				size = 1;
		}
		if (c != '\0')
			*out++ = c;
	}
	*out = '\0';
	return plain;
}

/* Returns the token between p and end; NULL: there are more or fewer digits
   than a token has, or a letter that is no digit. */
static char *
token_between(struct arena *a, const char *p, const char *end)
{
	char *token = arena_take(a, TOKEN_LEN + 1);
	size_t n = 0;

	for (; p < end; p++) {
		if (!is_alphanumeric(*p))
			continue;
		if (n == TOKEN_LEN)
			return NULL;
		token[n] = read_digit(*p);
		if (token[n++] == '\0')
			return NULL;
	}
	token[n] = '\0';
	return n == TOKEN_LEN ? token : NULL;
}

static size_t
run_length(const char *p)
{
	size_t len = 0;

	while (is_alphanumeric(p[len]))
		len++;
	return len;
}

/* Returns the end of what looks like a token and begins with the letters and
   digits at p: two halves with a hyphen between them, as we write it; or, if
   not strict, one piece, or pieces with blanks.  NULL: nothing does. */
static const char *
end_of_token(const char *p, bool strict)
{
	size_t len = run_length(p), gap;

	if (len == TOKEN_LEN)
		return strict ? NULL : p + len;
	if (len != TOKEN_LEN / 2)
		return NULL;
	gap = strspn(p + len, "- ");
	if (gap == 0 || run_length(p + len + gap) != TOKEN_LEN / 2 ||
	    (strict && memchr(p + len, '-', gap) == NULL))
		return NULL;
	return p + len + gap + TOKEN_LEN / 2;
}

/* Finds the only token in the text.  NULL: there is none, or several. */
static char *
token_among_words(struct arena *a, const char *text, bool strict, bool *several)
{
	char *found = NULL;

	*several = false;
	for (const char *p = text, *end; *p != '\0'; p += run_length(p)) {
		char *token = NULL;

		while (*p != '\0' && !is_alphanumeric(*p))
			p++;
		end = end_of_token(p, strict);
		if (end != NULL)
			token = token_between(a, p, end);
		if (token == NULL)
			continue;
		*several |= found != NULL && strcmp(found, token) != 0;
		found = token;
	}
	return *several ? NULL : found;
}

char *
token_read(struct arena *a, const char *typed)
{
	const char *text = plain_text(a, typed), *end;
	bool several;
	char *token;

	text += strspn(text, "-. ");
	end = text + strlen(text);
	while (end > text && !is_alphanumeric(end[-1]))
		end--;
	if (memchr(text, '.', (size_t)(end - text)) == NULL) {
		token = token_between(a, text, end);
		if (token != NULL)
			return token;
	}
	token = token_among_words(a, text, true, &several);
	return token != NULL || several
		   ? token
		   : token_among_words(a, text, false, &several);
}
