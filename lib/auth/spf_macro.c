/* SPDX-License-Identifier: MIT */
#include "auth/private/spf_macro.h"

#include "base/str.h"
#include "net/dns.h"

#include <string.h>

/* RFC 7208 7.3: the longest domain name in text. */
#define MACRO_NAME_MAX 253

/* Of a name in the making, so many bytes at its end are kept: more than can
   be part of it, and the dot at its end. */
#define TAIL_KEPT 512

/* Digits of a macro count labels; so many are more than any value has. */
#define PARTS_ALL 65536

static const char hex[] = "0123456789ABCDEF";

/* One piece of a macro string: literal text, or a macro. */
struct piece {
	size_t len;          /* as written */
	const char *literal; /* what it stands for; NULL: a macro */
	size_t literal_len;
	char letter; /* in lower case */
	bool escape; /* written in upper case: URL-escape the value */
	bool reverse;
	unsigned parts; /* rightmost ones to keep */
	const char *delimiters;
	size_t n_delimiters;
};

static bool
is_macro_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_macro_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* macro-letter *DIGIT [ "r" ] *delimiter "}", from p on. */
static const char *
macro_wrong(const char *p, const char *end, struct piece *out)
{
	if (p == end || !is_macro_alpha(*p) ||
	    strchr("slodiphcrtv", *p | 0x20) == NULL)
		return "no macro has that letter";
	out->letter = (char)(*p | 0x20);
	out->escape = *p < 'a';
	out->parts = PARTS_ALL;
	if (++p < end && is_macro_digit(*p))
		out->parts = 0;
	for (; p < end && is_macro_digit(*p); p++)
		if (out->parts < PARTS_ALL)
			out->parts = out->parts * 10 + (unsigned)(*p - '0');
	if (out->parts == 0) /* RFC 7208 7.3 */
		return "a macro must keep at least one part";
	out->reverse = p < end && (*p | 0x20) == 'r';
	out->delimiters = p += out->reverse;
	while (p < end && *p != '\0' && strchr(".-+,/_=", *p) != NULL)
		p++;
	if (p == end || *p != '}')
		return "a macro is not closed where it should be";
	out->n_delimiters = (size_t)(p - out->delimiters);
	return NULL;
}

static const char *
literal_wrong(const char *p, const char *end, struct piece *out)
{
	out->literal = p;
	while (p < end && *p != '%' && *p >= ' ' && *p <= '~')
		p++;
	out->len = out->literal_len = (size_t)(p - out->literal);
	return out->len > 0 ? NULL : "it must be printable ASCII";
}

/* Reads the piece at p; NULL, or why there is none. */
static const char *
piece_wrong(const char *p, const char *end, struct piece *out)
{
	static const struct {
		char sign;
		const char *literal;
	} escapes[] = {{'%', "%"}, {'_', " "}, {'-', "%20"}};
	const char *wrong;

	*out = (struct piece){0};
	if (*p != '%')
		return literal_wrong(p, end, out);
	out->len = 2;
	for (size_t i = 0; p + 1 < end && i < 3; i++) {
		if (p[1] != escapes[i].sign)
			continue;
		out->literal = escapes[i].literal;
		out->literal_len = strlen(out->literal);
		return NULL;
	}
	if (p + 1 == end || p[1] != '{') /* RFC 7208 7.1 */
		return "a percent sign begins no macro";
	wrong = macro_wrong(p + 2, end, out);
	if (wrong == NULL)
		out->len =
		    (size_t)(out->delimiters + out->n_delimiters + 1 - p);
	return wrong;
}

/* Does text end in "." toplabel [ "." ]? */
static bool
ends_in_label(const char *text, size_t len)
{
	const char *end = text + len, *p;
	bool named = false;

	if (len > 0 && end[-1] == '.')
		end--;
	for (p = end; p > text && p[-1] != '.'; p--) {
		if (!is_macro_alpha(p[-1]) && !is_macro_digit(p[-1]) &&
		    p[-1] != '-')
			return false;
		named = named || !is_macro_digit(p[-1]);
	}
	return p > text && p < end && named && *p != '-' && end[-1] != '-';
}

const char *
spf_macro_wrong(const char *text, size_t len, enum spf_form form)
{
	const char *p = text, *end = text + len, *wrong;
	struct piece piece = {0};

	if (form != SPF_EXPLANATION && memchr(text, ' ', len) != NULL)
		return "it must not hold spaces";
	for (; p < end; p += piece.len) {
		wrong = piece_wrong(p, end, &piece);
		if (wrong != NULL)
			return wrong;
		if (form != SPF_EXPLANATION && piece.literal == NULL &&
		    strchr("crt", piece.letter) != NULL)
			return "the macros c, r and t are for explanations";
	}
	if (form != SPF_DOMAIN_SPEC)
		return NULL;
	if (len == 0)
		return "a domain is missing";
	if (end[-(ptrdiff_t)piece.len] == '%' ||
	    ends_in_label(end - piece.len, piece.len))
		return NULL;
	return "it must end in a top-level domain or a macro";
}

bool
spf_macro_has(const char *text, const char *letters)
{
	const char *end = text + strlen(text);
	struct piece piece;

	for (; text < end; text += piece.len)
		if (piece_wrong(text, end, &piece) != NULL)
			return false;
		else if (piece.literal == NULL &&
			 strchr(letters, piece.letter) != NULL)
			return true;
	return false;
}

/* RFC 7208 7.3: "i" of an IPv6 client is 32 nibbles. */
static const char *
ip_nibbles(struct arena *a, const struct ip *ip)
{
	char *text = arena_take(a, 64), *p = text;

	for (size_t i = 0; i < 16; i++) {
		*p++ = hex[ip->bytes[i] >> 4];
		*p++ = '.';
		*p++ = hex[ip->bytes[i] & 15];
		*p++ = '.';
	}
	p[-1] = '\0';
	return text;
}

static const char *
macro_value_of(struct arena *a, char letter, const struct spf_values *v)
{
	switch (letter) {
	case 's':
		return v->sender;
	case 'l':
		return v->local;
	case 'o':
		return v->origin;
	case 'd':
		return v->domain;
	case 'p':
		return v->name;
	case 'h':
		return v->helo;
	case 'r':
		return v->receiver;
	case 'v':
		return v->client.version == 4 ? "in-addr" : "ip6";
	case 't':
		return arena_printf(a, "%lld", (long long)v->now);
	case 'i':
		if (v->client.version == 6)
			return ip_nibbles(a, &v->client);
		break;
	}
	return ip_text(a, &v->client);
}

/* URL-escapes all but the unreserved characters (RFC 3986 2.3). */
static void
add_url_escaped(struct str *s, const char *bytes, size_t len)
{
	for (const char *p = bytes; p < bytes + len; p++) {
		unsigned char byte = (unsigned char)*p;
		char escaped[] = {'%', hex[byte >> 4], hex[byte & 15]};

		if (is_macro_alpha(*p) || is_macro_digit(*p) ||
		    (*p != '\0' && strchr("-._~", *p) != NULL))
			str_add_bytes(s, p, 1);
		else
			str_add_bytes(s, escaped, sizeof(escaped));
	}
}

static bool
piece_splits(const struct piece *m, char c)
{
	if (m->n_delimiters == 0)
		return c == '.';
	return memchr(m->delimiters, c, m->n_delimiters) != NULL;
}

static size_t
count_parts(const struct piece *m, const char *value)
{
	size_t n = 1;

	for (; *value != '\0'; value++)
		n += piece_splits(m, *value);
	return n;
}

/* From value on, behind n parts and the delimiters after them. */
static const char *
skip_parts(const struct piece *m, const char *value, size_t n)
{
	while (n > 0 && *value != '\0')
		n -= piece_splits(m, *value++);
	return value;
}

static void
add_part(struct str *s, const struct piece *m, const char *part, size_t len)
{
	if (m->escape)
		add_url_escaped(s, part, len);
	else
		str_add_bytes(s, part, len);
}

static void
add_forwards(struct str *s, const struct piece *m, const char *start,
    const char *end)
{
	for (const char *p = start;; start = ++p) {
		while (p < end && !piece_splits(m, *p))
			p++;
		add_part(s, m, start, (size_t)(p - start));
		if (p == end)
			return;
		str_add(s, ".");
	}
}

static void
add_backwards(struct str *s, const struct piece *m, const char *start,
    const char *end)
{
	for (const char *p = end;; end = --p) {
		while (p > start && !piece_splits(m, p[-1]))
			p--;
		add_part(s, m, p, (size_t)(end - p));
		if (p == start)
			return;
		str_add(s, ".");
	}
}

/* RFC 7208 7.3: split, reverse, keep the rightmost parts, join with dots. */
static void
add_transformed(struct str *s, const struct piece *m, const char *value)
{
	const char *end = value + strlen(value);
	size_t n = count_parts(m, value);
	size_t dropped = n > m->parts ? n - m->parts : 0;

	if (!m->reverse)
		add_forwards(s, m, skip_parts(m, value, dropped), end);
	else if (dropped == 0)
		add_backwards(s, m, value, end);
	else /* the leftmost ones, without the delimiter after them */
		add_backwards(s, m, value,
		    skip_parts(m, value, n - dropped) - 1);
}

static void
add_piece(struct str *s, const struct piece *piece, const struct spf_values *v)
{
	const char *value;

	if (piece->literal != NULL) {
		str_add_bytes(s, piece->literal, piece->literal_len);
		return;
	}
	value = macro_value_of(s->arena, piece->letter, v);
	if (piece->parts < PARTS_ALL || piece->reverse || piece->escape ||
	    piece->n_delimiters > 0)
		add_transformed(s, piece, value);
	else
		str_add(s, value);
}

/* Drops labels on the left while the name is too long. */
static const char *
name_that_fits(const char *name, size_t len)
{
	const char *dot;

	for (; len > MACRO_NAME_MAX; name = dot + 1) {
		dot = memchr(name, '.', len);
		if (dot == NULL)
			break;
		len -= (size_t)(dot + 1 - name);
	}
	return name;
}

enum rc
spf_macro_target(struct arena *a, const char *spec,
    const struct spf_values *values, const char **out)
{
	const char *end = spec + strlen(spec);
	struct piece piece;
	struct str s;

	if (!str_is_ascii(values->local) && spf_macro_has(spec, "sl"))
		return RC_NONE;
	str_init(&s, a);
	for (; spec < end; spec += piece.len) {
		if (piece_wrong(spec, end, &piece) != NULL)
			return RC_PERM;
		add_piece(&s, &piece, values);
		if (s.len > TAIL_KEPT * 2) { /* what is left of it is cut off */
			memmove(s.text, s.text + s.len - TAIL_KEPT,
			    TAIL_KEPT + 1);
			s.len = TAIL_KEPT;
		}
	}
	if (s.len > 0 && s.text[s.len - 1] == '.')
		s.text[--s.len] = '\0';
	*out = name_that_fits(s.text, s.len);
	return dns_name_valid(*out) ? RC_OK : RC_PERM;
}

const char *
spf_macro_sentence(struct arena *a, const char *text, size_t most,
    const struct spf_values *values)
{
	const char *end = text + strlen(text);
	struct piece piece;
	struct str s;

	str_init(&s, a);
	for (; text < end && s.len <= most; text += piece.len) {
		if (piece_wrong(text, end, &piece) != NULL)
			return NULL;
		add_piece(&s, &piece, values);
	}
	if (s.len == 0 || !str_is_ascii(s.text))
		return NULL;
	return str_printable(a, s.text, s.len, most);
}
