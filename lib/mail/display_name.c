/* SPDX-License-Identifier: MIT */
/*
 * A name is read into text (UTF-8, encoded words decoded), and made harmless.
 * If that has changed nothing, its encoded words are kept; else what is left is
 * written anew.  Of a character set that is not converted here, the words are
 * kept or the whole name goes.
 */
#include "mail/display_name.h"

#include "base/encode.h"
#include "base/str.h"
#include "base/unicode.h"
#include "mail/private/decode.h"
#include "mail/quoted_string.h"

#include <string.h>

#define READ_MAX  1000 /* bytes of a name that are looked at */
#define TEXT_MAX  120  /* bytes of a name that is written anew */
#define WORD_MAX  75   /* RFC 2047 2 */
#define LINE_MAX  76
#define FIELD_MAX (sizeof("X-Original-From: ") - 1)

struct name_reader {
	struct arena *arena;
	struct str text;
	bool words;   /* some are encoded */
	bool foreign; /* some in a character set that is not converted */
	bool spoilt;  /* it cannot stay as it is */
	bool lost;    /* nobody can tell what it says */
};

/* ---- character sets */

/* Those in which a reader may be shown an "@" only by the byte that it has in
   ASCII, or by the two of its wide form. */
static const struct charset {
	const char *name; /* or its beginning, if it ends in "-" */
	const char *wide_at;
} charsets[] = {
    {"iso-8859-", NULL},
    {"windows-", NULL},
    {"koi8-", NULL},
    {"tis-620", NULL},
    {"gb2312", "\xa3\xc0"},
    {"gbk", "\xa3\xc0"},
    {"gb18030", "\xa3\xc0"},
    {"euc-kr", "\xa3\xc0"},
    {"ks_c_5601-1987", "\xa3\xc0"},
    {"euc-jp", "\xa1\xf7"},
    {"shift_jis", "\x81\x97"},
    {"big5", "\xa2\x49"},
};

static const struct charset *
charset_of(const char *name)
{
	for (size_t i = 0; i < sizeof(charsets) / sizeof(*charsets); i++) {
		const char *known = charsets[i].name;

		if (known[strlen(known) - 1] == '-' ? str_starts(name, known)
						    : strcmp(name, known) == 0)
			return &charsets[i];
	}
	return NULL;
}

/* RFC 1468: ASCII, and behind ESC $ two bytes for a character. */
static bool
is_japanese_harmless(const char *p, const char *end)
{
	bool wide = false;

	while (p < end) {
		if (*p == '\x1b' && end - p >= 3) {
			wide = p[1] == '$';
			p += 3;
			continue;
		}
		if (*p < ' ' || (!wide && *p == '@'))
			return false;
		if (wide && end - p >= 2 && p[0] == '!' && p[1] == 'w')
			return false;
		p += wide && end - p >= 2 ? 2 : 1;
	}
	return true;
}

static bool
is_foreign_harmless(const struct decoded_word *word)
{
	const struct charset *charset = charset_of(word->charset);

	if (strcmp(word->charset, "iso-2022-jp") == 0)
		return is_japanese_harmless(word->bytes,
		    word->bytes + word->len);
	if (charset == NULL || memchr(word->bytes, '@', word->len) != NULL)
		return false;
	for (size_t i = 0; i < word->len; i++)
		if ((unsigned char)word->bytes[i] < ' ')
			return false;
	return charset->wide_at == NULL ||
	       strstr(word->bytes, charset->wide_at) == NULL;
}

static void
add_latin(struct str *s, unsigned char byte)
{
	const char character[] = {
	    (char)(0xc0 | byte >> 6), (char)(0x80 | (byte & 0x3f))};

	str_add_bytes(s, character, sizeof(character));
}

/* What is no UTF-8 is taken for Latin-1. */
static void
add_text(struct name_reader *r, const char *bytes, size_t len, bool latin)
{
	for (size_t i = 0; i < len;) {
		size_t size = latin && (bytes[i] & 0x80) != 0
				  ? 0
				  : str_utf8(bytes + i, len - i);

		r->spoilt |= size == 0 && !latin;
		if (size == 0)
			add_latin(&r->text, (unsigned char)bytes[i++]);
		else if (bytes[i] != '\0')
			str_add_bytes(&r->text, bytes + i, size);
		i += size;
	}
	r->spoilt |= memchr(bytes, '\0', len) != NULL;
}

static void
add_word(struct name_reader *r, const struct decoded_word *word)
{
	static const char *const unicode[] = {
	    "utf-8", "utf8", "us-ascii", "ascii"};
	static const char *const latin[] = {
	    "iso-8859-1", "latin1", "windows-1252"};

	r->words = true;
	for (size_t i = 0; i < sizeof(unicode) / sizeof(*unicode); i++)
		if (strcmp(word->charset, unicode[i]) == 0) {
			add_text(r, word->bytes, word->len, false);
			return;
		}
	for (size_t i = 0; i < sizeof(latin) / sizeof(*latin); i++)
		if (strcmp(word->charset, latin[i]) == 0) {
			add_text(r, word->bytes, word->len, true);
			return;
		}
	r->foreign = true;
	r->lost |= !is_foreign_harmless(word);
}

/* ---- reading */

/* What stands alone is a word for all who read it (RFC 2047 5); what does not
   is one for some. */
static bool
stands_alone(const char *name, const char *p, const char *end)
{
	return (p == name || p[-1] == ' ') && (*end == '\0' || *end == ' ') &&
	       end - p <= WORD_MAX;
}

static void
read_name(struct name_reader *r, const char *name)
{
	const char *after = NULL; /* the word before, if only space follows */

	for (const char *p = name; *p != '\0';) {
		const char *next = p + strspn(p, " \t");
		struct decoded_word word;

		if (!decode_word_read(r->arena, next, &word)) {
			size_t size =
			    *next == '\0' ? 0 : 1 + strcspn(next + 1, " \t=");

			r->spoilt |= !str_is_ascii(arena_copy_bytes(r->arena,
			    next, size));
			add_text(r, p, (size_t)(next - p) + size, false);
			after = NULL;
			p = next + size;
			continue;
		}
		/* RFC 2047 6.2: space between two of them is none. */
		if (after == NULL)
			str_add_bytes(&r->text, p, (size_t)(next - p));
		r->spoilt |= !stands_alone(name, next, word.end);
		add_word(r, &word);
		after = p = word.end;
	}
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
		const char *word = arena_copy_bytes(s->arena, name, len);

		add_phrase_part(s, str_starts(word, "=?")
				       ? word
				       : quoted_string(s->arena, word));
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
	r.spoilt |= strcmp(text, r.text.text) != 0;
	/* Some decode twice, and in quotes. */
	r.lost |= strstr(text, "=?") != NULL;
	if (r.words && !r.spoilt && !r.lost)
		return phrase_kept(a, name, more);
	if (r.lost || r.foreign || text[0] == '\0')
		text = instead == NULL ? "" : harmless(a, instead);
	return text[0] == '\0' ? NULL : phrase_anew(a, text, more);
}
