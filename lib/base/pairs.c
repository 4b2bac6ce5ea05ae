/* SPDX-License-Identifier: MIT */
#include "base/pairs.h"

#include <string.h>

/* Which bytes are written as they are: in quotes, and in a value without. */
#define IN_QUOTES ((unsigned char)1)
#define BARE      ((unsigned char)2)

static const unsigned char pair_bytes[256] = {
    [' '] = IN_QUOTES,
    ['!'] = IN_QUOTES | BARE,
    ['#' ... '<'] = IN_QUOTES | BARE,
    ['='] = IN_QUOTES,
    ['>' ... '['] = IN_QUOTES | BARE,
    [']' ... '~'] = IN_QUOTES | BARE,
};

/* How many of the first bytes are such; a NUL is none. */
static size_t
pair_run(const char *bytes, unsigned char kind)
{
	const unsigned char *p = (const unsigned char *)bytes;

	while ((pair_bytes[*p] & kind) != 0)
		p++;
	return (size_t)(p - (const unsigned char *)bytes);
}

static void
pair_add_escaped(struct str *line, const char *value)
{
	struct str_view view = {value, strlen(value), 0};
	char shown[STR_SHOWN_MAX];

	for (;;) {
		size_t plain = pair_run(view.bytes, IN_QUOTES);

		if (plain > 0) {
			str_add_bytes(line, view.bytes, plain);
			view.bytes += plain;
			view.len -= plain;
			view.marks = 0;
		}
		if (view.len == 0)
			break;
		if (view.bytes[0] == '"' || view.bytes[0] == '\\')
			str_add(line, "\\");
		str_add_bytes(line, shown, str_show(&view, shown));
	}
}

const char *
pairs_escape(struct arena *a, const char *text)
{
	struct str s;

	str_init(&s, a);
	pair_add_escaped(&s, text);
	return s.text;
}

/* Appends a space if there is something before, the key, and "=". */
static void
pair_add_key(struct str *line, const char *prefix, const char *name)
{
	size_t before = strlen(prefix), len = strlen(name);
	char *to = str_reserve(line, before + len + 2);

	if (line->len > 0)
		*to++ = ' ';
	memcpy(to, prefix, before);
	memcpy(to + before, name, len);
	to += before + len;
	*to++ = '=';
	*to = '\0';
	line->len = (size_t)(to - line->text);
}

void
pairs_add_under(struct str *line, const char *prefix, const char *name,
    const char *value)
{
	size_t bare;

	if (value == NULL)
		return;
	pair_add_key(line, prefix, name);
	bare = pair_run(value, BARE);
	if (bare > 0 && value[bare] == '\0') {
		str_add_bytes(line, value, bare);
		return;
	}
	str_add_bytes(line, "\"", 1);
	pair_add_escaped(line, value);
	str_add_bytes(line, "\"", 1);
}

void
pairs_add(struct str *line, const char *key, const char *value)
{
	pairs_add_under(line, "", key, value);
}

static bool
is_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

/* Returns the value of a hexadecimal digit; -1: c is none. */
static int
pair_hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, str_lower_char(c));

	return at == NULL ? -1 : (int)(at - digits);
}

/* Writes it to *to, and moves that behind it. */
static void
pair_put_character(char **to, uint32_t c)
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = n; i > 1; i--, c >>= 6)
		(*to)[i - 1] = (char)(0x80 | (c & 0x3f));
	(*to)[0] = (char)(lead[n] | c);
	*to += n;
}

/* Reads the rest of "\u{200b}" after the brace. */
static bool
pair_read_character(const char **at, char **to)
{
	uint32_t c = 0;
	size_t digits = 0;

	for (; pair_hex_value(**at) >= 0 && digits < 6; ++*at, digits++)
		c = c * 16 + (uint32_t)pair_hex_value(**at);
	if (digits == 0 || c == 0 || c > 0x10ffff || **at != '}')
		return false;
	++*at;
	pair_put_character(to, c);
	return true;
}

/* Reads what follows a backslash.  What it stands for is shorter. */
static bool
pair_read_escape(const char **at, char **to)
{
	const char *p = *at;
	char byte;

	if (*p == '"' || *p == '\\') {
		*(*to)++ = *p;
		*at = p + 1;
		return true;
	}
	if (p[0] == 'u' && p[1] == '{') {
		*at = p + 2;
		return pair_read_character(at, to);
	}
	if (p[0] != 'x' || pair_hex_value(p[1]) < 0 || pair_hex_value(p[2]) < 0)
		return false;
	byte = (char)(pair_hex_value(p[1]) * 16 + pair_hex_value(p[2]));
	if (byte == '\0')
		return false;
	*(*to)++ = byte;
	*at = p + 3;
	return true;
}

/* How long it is up to a quote without a backslash, or to the end; *plain:
   there is no backslash. */
static size_t
pair_quoted_length(const char *text, bool *plain)
{
	const char *p = text;

	*plain = true;
	for (; *p != '\0' && *p != '"'; p++)
		if (*p == '\\') {
			*plain = false;
			if (p[1] != '\0')
				p++;
		}
	return (size_t)(p - text);
}

/* Reads as much of it, which ends with no half of an escape. */
static const char *
pair_unescaped(struct arena *a, const char *text, size_t len)
{
	char *out, *to;
	const char *end = text + len;

	to = out = arena_take(a, len + 1);
	while (text < end) {
		if (*text != '\\')
			*to++ = *text++;
		else if (++text, !pair_read_escape(&text, &to))
			return NULL;
	}
	*to = '\0';
	return out;
}

enum rc
pairs_unescape(struct arena *a, const char *escaped, const char **out)
{
	bool plain;
	size_t len = pair_quoted_length(escaped, &plain);

	if (escaped[len] != '\0')
		return RC_PERM;
	*out = pair_unescaped(a, escaped, len);
	return *out == NULL ? RC_PERM : RC_OK;
}

/* Copies key and value, of which nothing is escaped, in one piece. */
static void
pair_copy(struct arena *a, struct pair *out, const char *key, size_t key_len,
    const char *value, size_t len)
{
	char *copy = arena_copy_bytes(a, key, (size_t)(value - key) + len);

	copy[key_len] = '\0';
	out->key = copy;
	out->value = copy + (value - key);
}

static enum rc
pair_quoted(struct arena *a, struct pair *out, const char *key, size_t key_len,
    const char **at)
{
	const char *value = key + key_len + 2;
	bool plain;
	size_t len = pair_quoted_length(value, &plain);

	*at = value + len + 1;
	if (value[len] != '"' || (**at != '\0' && **at != ' '))
		return RC_PERM;
	if (plain) {
		pair_copy(a, out, key, key_len, value, len);
		return RC_OK;
	}
	out->value = pair_unescaped(a, value, len);
	return out->value == NULL ? RC_PERM : RC_OK;
}

enum rc
pairs_next(struct arena *a, const char **at, struct pair *out, struct err *err)
{
	const char *key, *p, *value;
	size_t len;

	while (**at == ' ')
		++*at;
	if (**at == '\0')
		return RC_NONE;
	key = p = *at;
	while (is_key_char(*p))
		p++;
	len = (size_t)(p - key);
	if (len == 0 || *p != '=')
		return err_set(err, RC_PERM, "expected key=value");
	out->key = NULL;
	value = ++p;
	if (*p != '"') {
		while (*p != ' ' && *p != '\0')
			p++;
		pair_copy(a, out, key, len, value, (size_t)(p - value));
		*at = p;
		return RC_OK;
	}
	if (pair_quoted(a, out, key, len, &p) != RC_OK)
		return err_set(err, RC_PERM,
		    "%.*s: a value in quotes is not well formed", (int)len,
		    key);
	if (out->key == NULL)
		out->key = arena_copy_bytes(a, key, len);
	*at = p;
	return RC_OK;
}
