/* SPDX-License-Identifier: MIT */
#include "mail/private/decode.h"

#include "base/encode.h"
#include "base/str.h"

#include <string.h>

#define SPACE " \t\r\n"

static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

char *
decode_base64(struct arena *a, const char *bytes, size_t len, size_t *out_len)
{
	char *out = arena_take(a, len + 1);
	unsigned value = 0, bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int digit = base64_digit(bytes[i]);

		/* Another text may follow, encoded by itself. */
		if (bytes[i] == '=')
			value = bits = 0;
		if (digit < 0)
			continue;
		value = (value << 6 | (unsigned)digit) & 0xffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[n++] = (char)(value >> bits);
		}
	}
	out[n] = '\0';
	*out_len = n;
	return out;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = str_lower_char(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A byte as "=40" from p on; -1: none. */
static int
quoted_byte(const char *p, const char *end)
{
	int high, low;

	if (end - p < 3 || *p != '=')
		return -1;
	high = hex_digit(p[1]);
	low = hex_digit(p[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Past "=" at the end of a line, p: of the "=".  NULL: it is no such one. */
static const char *
soft_break(const char *p, const char *end)
{
	if (p == end || *p != '=')
		return NULL;
	for (p++; p < end && (*p == ' ' || *p == '\t' || *p == '\r'); p++)
		;
	if (p == end)
		return p;
	return *p == '\n' ? p + 1 : NULL;
}

char *
decode_quoted_printable(struct arena *a, const char *bytes, size_t len,
    size_t *out_len)
{
	char *out = arena_take(a, len + 1);
	const char *p = bytes, *end = bytes + len, *next;
	size_t n = 0;

	while (p < end) {
		int byte = quoted_byte(p, end);

		if (byte >= 0) {
			out[n++] = (char)byte;
			p += 3;
		} else if ((next = soft_break(p, end)) != NULL) {
			p = next;
		} else {
			out[n++] = *p++;
		}
	}
	out[n] = '\0';
	*out_len = n;
	return out;
}

bool
decode_transfer(struct arena *a, const char *encoding, const char *bytes,
    size_t len, const char **out, size_t *out_len)
{
	encoding += strspn(encoding, SPACE "\"");
	*out = bytes;
	*out_len = len;
	if (str_starts_fold(encoding, "base64"))
		*out = decode_base64(a, bytes, len, out_len);
	else if (str_starts_fold(encoding, "quoted-printable"))
		*out = decode_quoted_printable(a, bytes, len, out_len);
	return *out != bytes;
}

/* The text of a word, where '_' is a space. */
static char *
decode_q(struct arena *a, const char *text, size_t len, size_t *out_len)
{
	char *copy = arena_copy_bytes(a, text, len);

	for (size_t i = 0; i < len; i++)
		if (copy[i] == '_')
			copy[i] = ' ';
	return decode_quoted_printable(a, copy, len, out_len);
}

#define WORD_MAX 75 /* RFC 2047 2 */
#define ALNUM                                                                  \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"                                           \
	"abcdefghijklmnopqrstuvwxyz"                                           \
	"0123456789"

static bool
is_strict_q(const char *text)
{
	const char *end = text + strlen(text);

	if (text[strspn(text, ALNUM "!*+-/=_")] != '\0')
		return false;
	for (; (text = strchr(text, '=')) != NULL; text += 3)
		if (quoted_byte(text, end) < 0)
			return false;
	return true;
}

/* In the alphabet that all know, whatever is at its end. */
static bool
is_base64(const char *text)
{
	text += strspn(text, ALNUM "+/");
	return strspn(text, "=") == strlen(text);
}

static enum decoded_form
word_form(struct arena *a, const char *charset, char encoding, const char *text)
{
	size_t len = strlen("=?") + strlen(charset) + strlen("?q?") +
		     strlen(text) + strlen("?=");
	bool strict = charset[strspn(charset, ALNUM "-_+*")] == '\0' &&
		      text[0] != '\0' && len <= WORD_MAX;
	char *bytes;
	size_t n;

	if (encoding == 'b') {
		strict = strict && encode_read_base64(a, text, &bytes, &n);
		if (!strict && !is_base64(text))
			return DECODED_GUESSED;
	} else {
		strict = strict && is_strict_q(text);
	}
	return strict ? DECODED_STRICT : DECODED_LOOSE;
}

bool
decode_word_read(struct arena *a, const char *p, struct decoded_word *out)
{
	const char *charset, *charset_end, *text, *end;
	char encoding;

	if (!str_starts(p, "=?"))
		return false;
	charset = p + 2;
	charset_end = charset + strcspn(charset, "?" SPACE);
	if (charset_end == charset || *charset_end != '?')
		return false;
	encoding = str_lower_char(charset_end[1]);
	if ((encoding != 'q' && encoding != 'b') || charset_end[2] != '?')
		return false;
	text = charset_end + 3;
	end = strstr(text, "?=");
	if (end == NULL)
		return false;
	/* RFC 2231 5: "utf-8*en" */
	out->charset =
	    str_lower(a, arena_copy_bytes(a, charset, strcspn(charset, "?*")));
	out->bytes =
	    encoding == 'q'
		? decode_q(a, text, (size_t)(end - text), &out->len)
		: decode_base64(a, text, (size_t)(end - text), &out->len);
	out->form = word_form(a,
	    arena_copy_bytes(a, charset, (size_t)(charset_end - charset)),
	    encoding, arena_copy_bytes(a, text, (size_t)(end - text)));
	out->end = end + 2;
	return true;
}

/* "=?utf-8?q?text?=" at p: what is behind it; NULL: it is none. */
static const char *
decode_word(struct str *out, const char *p)
{
	struct decoded_word word;

	if (!decode_word_read(out->arena, p, &word))
		return NULL;
	/* Not what is behind a NUL: it ends the texts that we work on. */
	str_add(out, word.bytes);
	return word.end;
}

char *
decode_words(struct arena *a, const char *value)
{
	const char *word_end = NULL; /* only space since then */
	struct str s;

	str_init(&s, a);
	for (const char *p = value; *p != '\0';) {
		const char *next = p + strspn(p, SPACE), *end;
		struct str word;

		str_init(&word, a);
		end = decode_word(&word, next);
		if (end == NULL) {
			next += *next != '\0';
			str_add_bytes(&s, p, (size_t)(next - p));
			word_end = NULL;
			p = next;
			continue;
		}
		/* RFC 2047 6.2: space between two of them is none. */
		if (word_end == NULL)
			str_add_bytes(&s, p, (size_t)(next - p));
		str_add(&s, word.text);
		word_end = p = end;
	}
	return s.text;
}
