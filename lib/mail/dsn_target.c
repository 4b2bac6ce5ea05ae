/* SPDX-License-Identifier: MIT */
#include "mail/private/dsn_target.h"

#include "base/str.h"
#include "mail/domain.h"
#include "mail/private/decode.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* What stands for "@" in texts: as it is, encoded in one way or another, in
   the sender of a bounce handler (VERP), or hidden from robots. */
static const char *const betweens[] = {"@", "=40", "%40", "+40", "&#64;",
    "&#x40;", "&commat;", "\\u0040", "\\@", "%", "=", " at ", "(at)", " (at) ",
    "[at]", " [at] "};

#define MESSAGES_DEEP_MAX 5

struct telling {
	struct arena *arena;
	const struct dsn_target *targets;
	size_t n;
	unsigned depth; /* of messages in messages */
	bool told;
};

static bool
is_word_character(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

static bool
span_starts(const char *p, const char *end, const char *with)
{
	size_t len = strlen(with);

	return (size_t)(end - p) >= len && strncasecmp(p, with, len) == 0;
}

/* Does the name end there?  ".org" behind it would make it another. */
static bool
name_ends(const char *p, const char *end)
{
	if (p == end || *p == '\0')
		return true;
	return !is_word_character(*p) &&
	       !(*p == '.' && end - p > 1 && is_word_character(p[1]));
}

static bool
is_name_char(char c)
{
	return is_word_character(c) || c == '-' || c == '.';
}

/* The domain at p, as it is or with U-labels: its bytes, or 0. */
static size_t
domain_at(struct arena *a, const char *p, const char *end, const char *domain)
{
	size_t len = strlen(domain), run = 0;
	const char *read;
	bool ascii = true;

	if (span_starts(p, end, domain) && name_ends(p + len, end))
		return len;
	for (; p + run < end && is_name_char(p[run]); run++)
		ascii &= (unsigned char)p[run] < 0x80;
	while (run > 0 && strchr(".-", p[run - 1]) != NULL)
		run--;
	if (ascii || run > 1000)
		return 0;
	return domain_read(a, arena_copy_bytes(a, p, run), &read, NULL) ==
			   RC_OK &&
		       strcmp(read, domain) == 0
		   ? run
		   : 0;
}

static bool
mailbox_at(struct arena *a, const struct dsn_target *t, const char *p,
    const char *end, struct dsn_match *out)
{
	size_t local = strlen(t->local), domain;

	if (!span_starts(p, end, t->local))
		return false;
	for (size_t i = 0; i < sizeof(betweens) / sizeof(*betweens); i++) {
		const char *at = p + local;

		if (!span_starts(at, end, betweens[i]))
			continue;
		at += strlen(betweens[i]);
		domain = domain_at(a, at, end, t->domain);
		if (domain == 0)
			continue;
		*out = (struct dsn_match){t, p + local, strlen(betweens[i]),
		    (size_t)(at - p) + domain, false};
		return true;
	}
	return false;
}

/* "mailbox.example!ann", as UUCP had it. */
static bool
bang_path_at(const struct dsn_target *t, const char *p, const char *end,
    struct dsn_match *out)
{
	size_t domain = strlen(t->domain), local = strlen(t->local);

	if (!span_starts(p, end, t->domain) ||
	    !span_starts(p + domain, end, "!") ||
	    !span_starts(p + domain + 1, end, t->local) ||
	    !name_ends(p + domain + 1 + local, end))
		return false;
	*out = (struct dsn_match){t, p + domain, 1, domain + 1 + local, true};
	return true;
}

/* "=3D" or "%3D" before p is no letter. */
static bool
is_encoded_byte(const char *begin, const char *p)
{
	return p - begin >= 3 && (p[-3] == '=' || p[-3] == '%') &&
	       isxdigit((unsigned char)p[-2]) && isxdigit((unsigned char)p[-1]);
}

bool
dsn_target_at(struct arena *a, const struct dsn_target *targets, size_t n,
    const char *begin, const char *p, const char *end, struct dsn_match *out)
{
	if (p > begin && is_word_character(p[-1]) && !is_encoded_byte(begin, p))
		return false;
	for (size_t i = 0; i < n; i++)
		if (mailbox_at(a, &targets[i], p, end, out) ||
		    bang_path_at(&targets[i], p, end, out))
			return true;
	return false;
}

static bool
text_tells(const struct telling *t, const char *text, size_t len)
{
	struct dsn_match unused;

	for (const char *p = text; p < text + len; p++)
		if (dsn_target_at(t->arena, t->targets, t->n, text, p,
			text + len, &unused))
			return true;
	return false;
}

/* Without the ends of lines, where an address may be broken. */
static char *
lines_joined(struct arena *a, const char *text, size_t len, size_t *out_len)
{
	char *out = arena_take(a, len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\n') {
			out[n++] = text[i];
			continue;
		}
		while (n > 0 && strchr(" \t\r=", out[n - 1]) != NULL)
			n--;
		while (i + 1 < len && strchr(" \t>", text[i + 1]) != NULL &&
		       text[i + 1] != '\0')
			i++;
	}
	*out_len = n;
	return out;
}

static bool
text_tells_anyhow(const struct telling *t, const char *text, size_t len)
{
	size_t joined_len;
	const char *one = lines_joined(t->arena, text, len, &joined_len),
		   *words;

	if (text_tells(t, text, len) || text_tells(t, one, joined_len))
		return true;
	if (memmem(text, len, "=?", 2) == NULL)
		return false;
	words = decode_words(t->arena, arena_copy_bytes(t->arena, text, len));
	return text_tells(t, words, strlen(words));
}

static bool visit_told(void *context, const struct mime_part *part);

/* A message in a part has a header of its own. */
static void
look_into_message(struct telling *t, const struct mime_part *part)
{
	struct mime_header header = {0};
	const char *p = part->text, *end = p + part->len, *field;
	size_t len;

	while ((field = mime_field(&p, end, &len)) != NULL && len > 0) {
		const char *value =
		    mime_field_value(t->arena, field, len, "Content-Type");

		if (value != NULL)
			header.type = value;
		value = mime_field_value(t->arena, field, len,
		    "Content-Transfer-Encoding");
		if (value != NULL)
			header.encoding = value;
	}
	t->depth++;
	mime_walk(t->arena, &header, p, (size_t)(end - p), visit_told, t);
	t->depth--;
}

static bool
visit_told(void *context, const struct mime_part *part)
{
	struct telling *t = context;

	t->told = t->told || text_tells_anyhow(t, part->text, part->len);
	if (!t->told && str_starts(part->type, "message/") &&
	    t->depth < MESSAGES_DEEP_MAX)
		look_into_message(t, part);
	return !t->told;
}

bool
dsn_text_tells(struct arena *a, const struct dsn_target *targets, size_t n,
    const char *text, size_t len)
{
	const struct telling t = {a, targets, n, 0, false};

	return text_tells_anyhow(&t, text, len);
}

bool
dsn_targets_told(struct arena *a, const struct dsn_target *targets, size_t n,
    const struct dsn_message *message)
{
	struct telling t = {a, targets, n, 0, false};

	if (text_tells_anyhow(&t, message->body, message->len))
		return true;
	mime_walk(a, &message->header, message->body, message->len, visit_told,
	    &t);
	return t.told;
}
