/* SPDX-License-Identifier: MIT */
#include "base/pairs.h"

#include <string.h>

static bool
pair_is_plain(const char *value)
{
	if (value[0] == '\0')
		return false;
	for (; *value != '\0'; value++)
		if (*value <= ' ' || *value > '~' ||
		    strchr("\"=\\", *value) != NULL)
			return false;
	return true;
}

static void
pair_add_escaped(struct str *line, const char *value)
{
	struct str_view view = {value, strlen(value), 0};
	char shown[STR_SHOWN_MAX];

	while (view.len > 0) {
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

void
pairs_add(struct str *line, const char *key, const char *value)
{
	if (value == NULL)
		return;
	if (line->len > 0)
		str_add(line, " ");
	str_add(line, key);
	str_add(line, "=");
	if (pair_is_plain(value)) {
		str_add(line, value);
		return;
	}
	str_add(line, "\"");
	pair_add_escaped(line, value);
	str_add(line, "\"");
}

static bool
is_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c != '\0' && strchr("_-.", c));
}

/* Returns the value of a hexadecimal digit; -1: c is none. */
static int
pair_hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, str_lower_char(c));

	return at == NULL ? -1 : (int)(at - digits);
}

static void
pair_add_character(struct str *value, uint32_t c)
{
	char utf8[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = n; i > 1; i--, c >>= 6)
		utf8[i - 1] = (char)(0x80 | (c & 0x3f));
	utf8[0] = (char)(lead[n] | c);
	str_add_bytes(value, utf8, n);
}

/* Reads the rest of "\u{200b}" after the brace. */
static bool
pair_read_character(const char **at, struct str *value)
{
	uint32_t c = 0;
	size_t digits = 0;

	for (; pair_hex_value(**at) >= 0 && digits < 6; ++*at, digits++)
		c = c * 16 + (uint32_t)pair_hex_value(**at);
	if (digits == 0 || c == 0 || c > 0x10ffff || **at != '}')
		return false;
	++*at;
	pair_add_character(value, c);
	return true;
}

/* Reads what follows a backslash. */
static bool
pair_read_escape(const char **at, struct str *value)
{
	const char *p = *at;
	char byte;

	if (*p == '"' || *p == '\\') {
		str_add_bytes(value, p, 1);
		*at = p + 1;
		return true;
	}
	if (p[0] == 'u' && p[1] == '{') {
		*at = p + 2;
		return pair_read_character(at, value);
	}
	if (p[0] != 'x' || pair_hex_value(p[1]) < 0 || pair_hex_value(p[2]) < 0)
		return false;
	byte = (char)(pair_hex_value(p[1]) * 16 + pair_hex_value(p[2]));
	if (byte == '\0')
		return false;
	str_add_bytes(value, &byte, 1);
	*at = p + 3;
	return true;
}

/* Reads up to a quote without a backslash, or to the end. */
static bool
pair_read_escaped(const char **at, struct str *value)
{
	for (;;) {
		size_t len = strcspn(*at, "\"\\");

		str_add_bytes(value, *at, len);
		*at += len;
		if (**at != '\\')
			return true;
		++*at;
		if (!pair_read_escape(at, value))
			return false;
	}
}

/* Reads what follows the first quote. */
static bool
pair_read_quoted(const char **at, struct str *value)
{
	if (!pair_read_escaped(at, value) || **at != '"')
		return false;
	++*at;
	return **at == '\0' || **at == ' ';
}

enum rc
pairs_unescape(struct arena *a, const char *escaped, const char **out)
{
	struct str value;

	str_init(&value, a);
	if (!pair_read_escaped(&escaped, &value) || *escaped != '\0')
		return RC_PERM;
	*out = value.text;
	return RC_OK;
}

enum rc
pairs_next(struct arena *a, const char **at, struct pair *out, struct err *err)
{
	const char *key, *p;
	struct str value;

	*at += strspn(*at, " ");
	if (**at == '\0')
		return RC_NONE;
	key = p = *at;
	while (is_key_char(*p))
		p++;
	if (p == key || *p != '=')
		return err_set(err, RC_PERM, "expected key=value");
	out->key = arena_copy_bytes(a, key, (size_t)(p - key));
	p++;
	str_init(&value, a);
	if (*p == '"') {
		p++;
		if (!pair_read_quoted(&p, &value))
			return err_set(err, RC_PERM,
			    "%s: a value in quotes is not well formed",
			    out->key);
	} else {
		size_t len = strcspn(p, " ");

		str_add_bytes(&value, p, len);
		p += len;
	}
	out->value = value.text;
	*at = p;
	return RC_OK;
}
