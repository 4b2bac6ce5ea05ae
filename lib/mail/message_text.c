/* SPDX-License-Identifier: MIT */
#include "mail/message_text.h"

#include "base/str.h"

#include <stdbool.h>
#include <string.h>

struct message_reader {
	const char *p, *end;
	bool bare; /* a bare LF ends a line */
};

/* Where the line at p ends: at its CR or LF; or at the end of the text. */
static const char *
message_line_end(const struct message_reader *r, const char *p)
{
	const char *lf = p;

	while ((lf = memchr(lf, '\n', (size_t)(r->end - lf))) != NULL) {
		if (lf > p && lf[-1] == '\r')
			return lf - 1;
		if (r->bare)
			return lf;
		lf++;
	}
	return r->end;
}

/* Behind the line end at p. */
static const char *
message_past_line_end(const struct message_reader *r, const char *p)
{
	if (p < r->end && *p == '\r')
		p++;
	return p < r->end ? p + 1 : p;
}

/* Bytes before the colon, if the line is the first of a field; else 0. */
static size_t
message_field_name(const char *p, const char *end)
{
	const char *start = p;

	while (p<end && * p> ' ' && *p < 0x7f && *p != ':')
		p++;
	if (p == start)
		return 0;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p < end && *p == ':' ? (size_t)(p - start) : 0;
}

static bool
message_folds(const struct message_reader *r, const char *p)
{
	return p < r->end && (*p == ' ' || *p == '\t');
}

static bool
message_read_field(struct message_reader *r, struct arena *a,
    struct mail_field *out)
{
	const char *end = message_line_end(r, r->p), *next;
	size_t name = message_field_name(r->p, end);

	if (name == 0)
		return false;
	for (;;) {
		next = message_past_line_end(r, end);
		if (!message_folds(r, next))
			break;
		end = message_line_end(r, next);
	}
	out->name = arena_copy_bytes(a, r->p, name);
	out->len = (size_t)(end - (r->p + name + 1));
	out->value = arena_copy_bytes(a, r->p + name + 1, out->len);
	r->p = next;
	return true;
}

static void
message_add_field(struct arena *a, struct message_text *out, size_t *room,
    const struct mail_field *field)
{
	struct mail_field *fields;

	if (out->n == *room) {
		*room = *room == 0 ? 32 : *room * 2;
		fields = arena_take_array(a, *room, sizeof(*fields));
		if (out->n > 0)
			memcpy(fields, out->fields, out->n * sizeof(*fields));
		out->fields = fields;
	}
	fields = (struct mail_field *)out->fields;
	fields[out->n++] = *field;
}

static void
message_read_body(const struct message_reader *r, struct arena *a,
    struct message_text *out)
{
	struct str s;
	const char *p = r->p, *lf;

	out->body = r->p;
	out->body_len = (size_t)(r->end - r->p);
	if (!r->bare)
		return;
	str_init(&s, a);
	for (; (lf = memchr(p, '\n', (size_t)(r->end - p))) != NULL;
	     p = lf + 1) {
		str_add_bytes(&s, p, (size_t)(lf - p));
		str_add(&s, lf > r->p && lf[-1] == '\r' ? "\n" : "\r\n");
	}
	str_add_bytes(&s, p, (size_t)(r->end - p));
	out->body = s.text;
	out->body_len = s.len;
}

void
message_text_split(struct arena *a, const char *bytes, size_t len,
    struct message_text *out)
{
	struct message_reader r = {.p = bytes, .end = bytes + len};
	const char *lf = len > 0 ? memchr(bytes, '\n', len) : NULL;
	struct mail_field field;
	size_t room = 0;
	const char *line;

	*out = (struct message_text){0};
	r.bare = lf != NULL && (lf == bytes || lf[-1] != '\r');
	if (len >= 5 && memcmp(bytes, "From ", 5) == 0)
		r.p = message_past_line_end(&r, message_line_end(&r, r.p));
	while (r.p < r.end && message_read_field(&r, a, &field))
		message_add_field(a, out, &room, &field);
	line = message_line_end(&r, r.p);
	if (line == r.p)
		r.p = message_past_line_end(&r, line);
	message_read_body(&r, a, out);
}
