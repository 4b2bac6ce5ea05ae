/* SPDX-License-Identifier: MIT */
/*
 * A name is read into text (UTF-8, encoded words decoded), and made harmless.
 * If that has changed nothing, and all who read its words read the same, they
 * are kept; else what is left is written anew.
 */
#include "mail/display_name.h"

#include "base/encode.h"
#include "base/str.h"
#include "base/unicode.h"
#include "mail/private/charset.h"
#include "mail/private/decode.h"
#include "mail/quoted_string.h"

#include <string.h>

#define READ_MAX  1000 /* bytes of a name that are looked at */
#define WORDS_MAX 50   /* encoded words of it */
#define TEXT_MAX  120  /* bytes of a name that is written */
#define LINE_MAX  76
#define FIELD_MAX (sizeof("X-Original-From: ") - 1)

/* Encoded words in a row, of one character set: some readers put their bytes
   together before they read them. */
struct word_row {
	const char *charset; /* NULL: there is none */
	struct str bytes;
	struct str apart; /* the text of each by itself */
};

struct name_reader {
	struct arena *arena;
	struct str text;
	struct word_row row;
	unsigned words;
	bool spoilt; /* it cannot stay as it is */
	bool lost;   /* nobody can tell what it says */
};

/* ---- reading */

static void
add_text(struct name_reader *r, const char *bytes, size_t len)
{
	r->spoilt |= memchr(bytes, '\0', len) != NULL;
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != '\0')
			str_add_bytes(&r->text, bytes + i, 1);
}

/* Outside words: 8-bit text without a name is UTF-8, or what it mostly was
   before. */
static void
add_raw_text(struct name_reader *r, const char *bytes, size_t len)
{
	struct str text;

	str_init(&text, r->arena);
	r->lost |= !charset_read(&text, "utf-8", bytes, len) &&
		   !charset_read(&text, "windows-1252", bytes, len);
	r->spoilt |= !str_is_ascii(text.text);
	add_text(r, text.text, text.len);
}

static void
end_word_row(struct name_reader *r)
{
	struct word_row *row = &r->row;
	struct str text;

	if (row->charset == NULL)
		return;
	str_init(&text, r->arena);
	r->lost |=
	    !charset_read(&text, row->charset, row->bytes.text, row->bytes.len);
	r->spoilt |= text.len != row->apart.len ||
		     memcmp(text.text, row->apart.text, text.len) != 0;
	add_text(r, text.text, text.len);
	row->charset = NULL;
}

/* What is UTF-8 is read so by some, whatever its name says. */
static bool
is_utf8_unnamed(const struct decoded_word *word)
{
	return !charset_is_utf8(word->charset) && !str_is_ascii(word->bytes) &&
	       charset_is_utf8_text(word->bytes, word->len);
}

static void
add_word(struct name_reader *r, const struct decoded_word *word)
{
	struct word_row *row = &r->row;

	r->lost |= word->form == DECODED_GUESSED || r->words++ == WORDS_MAX;
	r->spoilt |= word->form != DECODED_STRICT || is_utf8_unnamed(word);
	if (r->lost)
		return;
	if (row->charset == NULL || strcmp(row->charset, word->charset) != 0) {
		end_word_row(r);
		row->charset = word->charset;
		str_init(&row->bytes, r->arena);
		str_init(&row->apart, r->arena);
	}
	str_add_bytes(&row->bytes, word->bytes, word->len);
	r->spoilt |=
	    !charset_read(&row->apart, word->charset, word->bytes, word->len);
}

/* What stands alone is a word for all who read it (RFC 2047 5); what does not
   is one for some. */
static bool
stands_alone(const char *name, const char *p, const char *end)
{
	return (p == name || p[-1] == ' ') && (*end == '\0' || *end == ' ');
}

static void
read_name(struct name_reader *r, const char *name)
{
	bool behind_word = false; /* only space since then */

	for (const char *p = name; *p != '\0' && !r->lost;) {
		const char *next = p + strspn(p, " \t");
		struct decoded_word word;

		if (decode_word_read(r->arena, next, &word)) {
			/* RFC 2047 6.2: space between two of them is none. */
			if (!behind_word)
				add_text(r, p, (size_t)(next - p));
			r->spoilt |= !stands_alone(name, next, word.end);
			add_word(r, &word);
			p = word.end;
			behind_word = true;
			continue;
		}
		end_word_row(r);
		if (*next != '\0')
			next += 1 + strcspn(next + 1, " \t=");
		add_raw_text(r, p, (size_t)(next - p));
		p = next;
		behind_word = false;
	}
	end_word_row(r);
}

/* ---- making it harmless */

static bool
is_at(uint32_t c)
{
	return c == '@' || c == 0xfe6b || c == 0xff20;
}

/* Blanks are one space each, and none at the ends. */
static void
add_harmless(struct str *s, uint32_t c, const char *bytes, size_t size)
{
	enum unicode_kind kind = unicode_kind(c);
	bool blank = kind == UNICODE_BLANK || c == ' ' || c == '\t';

	if (is_at(c)) {
		str_add(s,
		    s->len > 0 && s->text[s->len - 1] != ' ' ? " at " : "at ");
		return;
	}
	if (blank && (s->len == 0 || s->text[s->len - 1] == ' '))
		return;
	if (blank)
		str_add(s, " ");
	else if (kind == UNICODE_SEEN || kind == UNICODE_MARK ||
		 (kind == UNICODE_JOINER && s->len > 0))
		str_add_bytes(s, bytes, size);
}

static const char *
harmless(struct arena *a, const char *text)
{
	struct str s;
	size_t size;

	str_init(&s, a);
	for (; *text != '\0'; text += size) {
		size = str_utf8(text, strnlen(text, 4));
		if (size == 0) { /* cut off */
			size = 1;
			continue;
		}
		add_harmless(&s, unicode_read(text, size), text, size);
	}
	while (s.len > 0 && s.text[s.len - 1] == ' ')
		s.text[--s.len] = '\0';
	return s.text;
}

/* Between two characters. */
static const char *
cut_off(struct arena *a, const char *text)
{
	size_t len = 0, size;

	if (strlen(text) <= TEXT_MAX)
		return text;
	while ((size = str_utf8(text + len, 4)) > 0 &&
	       len + size <= TEXT_MAX - strlen("..."))
		len += size;
	return arena_printf(a, "%.*s...", (int)len, text);
}

/* ---- writing */

static size_t
column_of(const struct str *s)
{
	const char *line = strrchr(s->text, '\n');

	return line == NULL ? FIELD_MAX + s->len
			    : s->len - (size_t)(line + 1 - s->text);
}

/* On this line if there is room, else on the next. */
static void
add_phrase_part(struct str *s, const char *part)
{
	if (s->len > 0)
		str_add(s,
		    column_of(s) + 1 + strlen(part) > LINE_MAX ? "\n " : " ");
	str_add(s, part);
}

#define ENCODED_BYTES_MAX 42 /* 56 digits of base64, and "=?utf-8?b??=" */

static void
add_encoded_name(struct str *s, const char *text)
{
	while (*text != '\0') {
		size_t len = 0, size;

		while (text[len] != '\0' &&
		       (size = str_utf8(text + len, strnlen(text + len, 4))) >
			   0 &&
		       len + size <= ENCODED_BYTES_MAX)
			len += size;
		add_phrase_part(s,
		    arena_printf(s->arena, "=?utf-8?b?%s?=",
			encode_base64_padded(s->arena, text, len)));
		text += len;
	}
}

/* Word by word: the encoded ones as they are, others in quotes. */
static void
add_kept_words(struct str *s, const char *name)
{
	while (*(name += strspn(name, " \t")) != '\0') {
		size_t len = strcspn(name, " \t");
		const char *part = arena_copy_bytes(s->arena, name, len);
		struct decoded_word word;

		add_phrase_part(s, decode_word_read(s->arena, part, &word) &&
					   word.form == DECODED_STRICT &&
					   *word.end == '\0'
				       ? part
				       : quoted_string(s->arena, part));
		name += len;
	}
}

static const char *
phrase_anew(struct arena *a, const char *text, const char *more)
{
	struct str s;

	str_init(&s, a);
	text = cut_off(a, text);
	if (str_is_ascii(text)) {
		str_add(&s,
		    quoted_string(a,
			more == NULL ? text
				     : arena_printf(a, "%s %s", text, more)));
		return s.text;
	}
	add_encoded_name(&s, text);
	if (more != NULL)
		add_phrase_part(&s, quoted_string(a, more));
	return s.text;
}

static const char *
phrase_kept(struct arena *a, const char *name, const char *more)
{
	struct str s;

	str_init(&s, a);
	add_kept_words(&s, name);
	if (more != NULL)
		add_phrase_part(&s, quoted_string(a, more));
	return s.text;
}

/* Some decode what they have decoded, and in quotes. */
static bool
has_word(const char *text)
{
	return strstr(text, "=?") != NULL;
}

static const char *
phrase_instead(struct arena *a, const char *instead, const char *more)
{
	const char *text = instead == NULL ? "" : harmless(a, instead);

	if (text[0] != '\0' && !has_word(text))
		return phrase_anew(a, text, more);
	return more == NULL ? NULL : quoted_string(a, more);
}

const char *
display_name_phrase(struct arena *a, const char *name, const char *instead,
    const char *more)
{
	struct name_reader r = {.arena = a};
	const char *text;

	str_init(&r.text, a);
	r.lost = strlen(name) > READ_MAX;
	if (!r.lost)
		read_name(&r, name);
	text = harmless(a, r.text.text);
	if (r.lost || has_word(text) || text[0] == '\0')
		return phrase_instead(a, instead, more);
	r.spoilt |= strcmp(text, r.text.text) != 0 || strlen(text) > TEXT_MAX;
	return r.words > 0 && !r.spoilt ? phrase_kept(a, name, more)
					: phrase_anew(a, text, more);
}
