/* SPDX-License-Identifier: MIT */
#include "base/str.h"

#include "base/unicode.h"

#include <string.h>

void
str_init(struct str *s, struct arena *a)
{
	*s = (struct str){.arena = a, .room = 64};
	s->text = arena_take(a, s->room);
}

char *
str_reserve(struct str *s, size_t len)
{
	if (len >= s->room - s->len) {
		size_t room = (s->len + len + 1) * 2;
		char *text = arena_take(s->arena, room);

		memcpy(text, s->text, s->len);
		s->text = text;
		s->room = room;
	}
	return s->text + s->len;
}

void
str_add(struct str *s, const char *text)
{
	str_add_bytes(s, text, strlen(text));
}

void
str_addf(struct str *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	str_add(s, arena_vprintf(s->arena, format, args));
	va_end(args);
}

bool
str_starts(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

bool
str_starts_fold(const char *text, const char *beginning)
{
	for (; *beginning != '\0'; text++, beginning++)
		if (str_lower_char(*text) != str_lower_char(*beginning))
			return false;
	return true;
}

bool
str_equal_fold(const char *a, const char *b)
{
	for (; *a != '\0' && str_lower_char(*a) == str_lower_char(*b); a++, b++)
		;
	return *a == '\0' && *b == '\0';
}

bool
str_ends_fold(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && str_equal_fold(text + n - m, end);
}

char *
str_lower(struct arena *a, const char *text)
{
	char *copy = arena_copy_text(a, text);

	for (char *p = copy; *p != '\0'; p++)
		*p = str_lower_char(*p);
	return copy;
}

size_t
str_utf8(const char *text, size_t len)
{
	static const struct {
		unsigned char first, last; /* of the leading byte */
		unsigned char low, high;   /* of the byte after it */
		unsigned char size;
	} forms[] = {
	    /* RFC 3629 4 */
	    {0xc2, 0xdf, 0x80, 0xbf, 2},
	    {0xe0, 0xe0, 0xa0, 0xbf, 3},
	    {0xe1, 0xec, 0x80, 0xbf, 3},
	    {0xed, 0xed, 0x80, 0x9f, 3},
	    {0xee, 0xef, 0x80, 0xbf, 3},
	    {0xf0, 0xf0, 0x90, 0xbf, 4},
	    {0xf1, 0xf3, 0x80, 0xbf, 4},
	    {0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	const unsigned char *p = (const unsigned char *)text;

	if (len > 0 && p[0] < 0x80)
		return 1;
	for (size_t i = 0; len > 0 && i < sizeof(forms) / sizeof(*forms); i++) {
		if (p[0] < forms[i].first || p[0] > forms[i].last)
			continue;
		if (forms[i].size > len)
			return 0;
		for (size_t k = 1; k < forms[i].size; k++)
			if (p[k] < (k == 1 ? forms[i].low : 0x80) ||
			    p[k] > (k == 1 ? forms[i].high : 0xbf))
				return 0;
		return forms[i].size;
	}
	return 0;
}

static const char hex_digits[] = "0123456789abcdef";

static size_t
show_byte(struct str_view *v, char *out)
{
	unsigned char c = (unsigned char)*v->bytes++;

	v->len--;
	v->marks = 0;
	memcpy(out, (char[]){'\\', 'x', hex_digits[c >> 4], hex_digits[c & 15]},
	    4);
	return 4;
}

static size_t
show_number(uint32_t c, char *out)
{
	size_t n = 3;
	unsigned shift = 20;

	memcpy(out, "\\u{", n);
	while (c >> shift == 0)
		shift -= 4;
	for (; shift > 0; shift -= 4)
		out[n++] = hex_digits[c >> shift & 15];
	out[n++] = hex_digits[c & 15];
	out[n++] = '}';
	return n;
}

size_t
str_show(struct str_view *v, char out[static STR_SHOWN_MAX])
{
	size_t size = str_utf8(v->bytes, v->len);
	uint32_t c = size > 0 ? unicode_read(v->bytes, size) : 0;
	enum unicode_kind kind = unicode_kind(c);

	if (kind == UNICODE_CONTROL) /* and what is no UTF-8 */
		return show_byte(v, out);
	v->marks = kind == UNICODE_MARK ? v->marks + 1 : 0;
	if (kind > UNICODE_MARK || v->marks > UNICODE_MARKS_MAX) {
		v->bytes += size;
		v->len -= size;
		return show_number(c, out);
	}
	memcpy(out, v->bytes, size);
	v->bytes += size;
	v->len -= size;
	return size;
}

#define EACH_BYTE(b) ((uint64_t)(b)*0x0101010101010101)

/* Whether all eight bytes are from ' ' to '~': a high bit of one sum tells that
   a byte is at least ' ', and one of the other that it is past '~'. */
static bool
is_plain_word(const char *bytes)
{
	uint64_t word, low_bits;

	memcpy(&word, bytes, sizeof(word));
	low_bits = word & EACH_BYTE(0x7f);
	return ((low_bits + EACH_BYTE(0x80 - ' ')) &
		   ~(low_bits + EACH_BYTE(0x80 - '~' - 1)) & ~word &
		   EACH_BYTE(0x80)) == EACH_BYTE(0x80);
}

size_t
str_plain_run(const char *bytes, size_t len)
{
	size_t n = 0;

	while (len - n >= sizeof(uint64_t) && is_plain_word(bytes + n))
		n += sizeof(uint64_t);
	while (n < len && bytes[n] >= ' ' && bytes[n] <= '~')
		n++;
	return n;
}

/* *kept is how much of the text leaves room for the dots. */
static void
add_plain_run(struct str *s, struct str_view *v, size_t most, size_t *kept)
{
	size_t n = str_plain_run(v->bytes, v->len);

	if (n == 0)
		return;
	if (n > most - s->len)
		n = most - s->len;
	if (most - s->len >= 3)
		*kept = most - s->len - n >= 3 ? s->len + n : most - 3;
	str_add_bytes(s, v->bytes, n);
	v->bytes += n;
	v->len -= n;
	v->marks = 0;
}

char *
str_printable(struct arena *a, const char *bytes, size_t len, size_t most)
{
	struct str_view v = {bytes, len, 0};
	struct str s;
	size_t kept = 0;

	str_init(&s, a);
	for (;;) {
		char shown[STR_SHOWN_MAX];
		size_t n;

		add_plain_run(&s, &v, most, &kept);
		if (v.len == 0)
			break;
		n = str_show(&v, shown);
		if (n > most - s.len) {
			s.len = kept;
			str_add_bytes(&s, "...", most < 3 ? most : 3);
			break;
		}
		str_add_bytes(&s, shown, n);
		if (most - s.len >= 3)
			kept = s.len;
	}
	return s.text;
}

size_t
str_character(const char *p)
{
	const unsigned char *byte = (const unsigned char *)p;
	size_t size;

	if (byte[0] < 0x80)
		return byte[0] >= 0x20 && byte[0] != 0x7f;
	size = str_utf8(p, strnlen(p, 4));
	if (size == 2 && byte[0] == 0xc2 && byte[1] < 0xa0) /* C1 */
		return 0;
	return size;
}

/* Returns the code point of the character of `size` bytes at p. */
static unsigned
code_point(const char *p, size_t size)
{
	const unsigned char *byte = (const unsigned char *)p;
	unsigned point = size == 1 ? byte[0] : byte[0] & (0xffu >> (size + 1));

	for (size_t i = 1; i < size; i++)
		point = point << 6 | (byte[i] & 0x3f);
	return point;
}

static size_t
ascii_run(const char *text)
{
	size_t n = 0;

	while (text[n] != '\0' && (unsigned char)text[n] < 0x80)
		n++;
	return n;
}

char *
str_ascii(struct arena *a, const char *text)
{
	struct str s;

	if (str_is_ascii(text))
		return arena_copy_text(a, text);
	str_init(&s, a);
	for (;;) {
		size_t plain = ascii_run(text), size;

		str_add_bytes(&s, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		size = str_utf8(text, strnlen(text, 4));
		if (size > 0)
			str_addf(&s, "\\x{%X}", code_point(text, size));
		else
			str_addf(&s, "\\x%02x", (unsigned char)*text);
		text += size > 0 ? size : 1;
	}
	return s.text;
}

char *
str_put_decimal(char *to, uint64_t n)
{
	size_t len = 1;

	for (uint64_t rest = n / 10; rest > 0; rest /= 10)
		len++;
	for (size_t i = len; i-- > 0; n /= 10)
		to[i] = (char)('0' + n % 10);
	return to + len;
}

bool
str_is_ascii(const char *text)
{
	return text[ascii_run(text)] == '\0';
}
