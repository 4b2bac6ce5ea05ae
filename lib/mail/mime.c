/* SPDX-License-Identifier: MIT */
#include "mail/mime.h"

#include "base/str.h"
#include "mail/header.h"
#include "mail/private/decode.h"

#include <string.h>
#include <strings.h>

#define SPACE " \t\r\n"

/* RFC 2046 5.1.1 */
#define BOUNDARY_MAX 70
/* RFC 2231 3; nobody needs as many. */
#define PIECES_MAX 20

struct mime_walk {
	struct arena *arena;
	mime_visit_fn *visit;
	void *context;
	unsigned depth, parts;
};

/* What is before a delimiter does not count: the end of the line is part of
   it (RFC 2046 5.1.1). */
struct mime_lines {
	const char *p, *end;
	const char *boundary; /* without hyphens */
};

/* A token or a quoted string. */
static char *
parameter_text(struct arena *a, const char *p)
{
	struct str s;

	str_init(&s, a);
	if (*p != '"') {
		str_add_bytes(&s, p, strcspn(p, "; \t("));
		return s.text;
	}
	for (p++; *p != '\0' && *p != '"'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		str_add_bytes(&s, p, 1);
	}
	return s.text;
}

/* To the next semicolon, past quotes and what is in them. */
static const char *
parameter_skip(const char *p)
{
	bool quoted = false;

	for (; *p != '\0' && (quoted || *p != ';'); p++) {
		if (quoted && *p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			quoted = !quoted;
	}
	return p;
}

/* The value of exactly that name. */
static const char *
parameter_named(struct arena *a, const char *value, const char *name)
{
	for (const char *p = parameter_skip(value); *p == ';';
	     p = parameter_skip(p)) {
		p += 1 + strspn(p + 1, SPACE);
		if (!str_starts_fold(p, name))
			continue;
		p += strlen(name);
		p += strspn(p, SPACE);
		if (*p != '=')
			continue;
		p++;
		return parameter_text(a, p + strspn(p, SPACE));
	}
	return NULL;
}

/* RFC 2231 4: "utf-8'en'a%20b", or what follows it in another piece. */
static const char *
parameter_decoded(struct arena *a, const char *text, bool first)
{
	const char *quote = first ? strchr(text, '\'') : NULL;
	char *copy;
	size_t len;

	if (quote != NULL && (quote = strchr(quote + 1, '\'')) != NULL)
		text = quote + 1;
	copy = arena_copy_text(a, text);
	for (char *p = copy; *p != '\0'; p++)
		if (*p == '%')
			*p = '=';
		else if (*p == '=')
			*p = '%'; /* no value has one */
	return decode_quoted_printable(a, copy, strlen(copy), &len);
}

const char *
mime_parameter(struct arena *a, const char *value, const char *name)
{
	const char *found = parameter_named(a, value, name);
	struct str s;

	if (found != NULL)
		return found;
	found = parameter_named(a, value, arena_printf(a, "%s*", name));
	if (found != NULL)
		return parameter_decoded(a, found, true);
	str_init(&s, a);
	for (unsigned i = 0; i < PIECES_MAX; i++) {
		const char *piece = arena_printf(a, "%s*%u", name, i);

		found = parameter_named(a, value, piece);
		if (found != NULL) {
			str_add(&s, found);
			continue;
		}
		found =
		    parameter_named(a, value, arena_printf(a, "%s*", piece));
		if (found == NULL)
			break;
		str_add(&s, parameter_decoded(a, found, i == 0));
	}
	return s.len == 0 ? NULL : s.text;
}

/* The line at p without its end; *next is where another begins. */
static size_t
line_len(const char *p, const char *end, const char **next)
{
	const char *newline = memchr(p, '\n', (size_t)(end - p));
	const char *stop = newline == NULL ? end : newline;

	*next = newline == NULL ? end : newline + 1;
	if (stop > p && stop[-1] == '\r')
		stop--;
	return (size_t)(stop - p);
}

const char *
mime_field(const char **p, const char *end, size_t *len)
{
	const char *field = *p;

	if (field == end)
		return NULL;
	*len = line_len(field, end, p);
	while (*len > 0 && *p < end && (**p == ' ' || **p == '\t')) {
		const char *more = *p;

		*len = (size_t)(more - field) + line_len(more, end, p);
	}
	return field;
}

const char *
mime_field_value(struct arena *a, const char *field, size_t len,
    const char *name)
{
	size_t name_len = strlen(name), at = name_len;

	if (len <= name_len || strncasecmp(field, name, name_len) != 0)
		return NULL;
	/* RFC 5322 4.5: space before the colon */
	while (at < len && (field[at] == ' ' || field[at] == '\t'))
		at++;
	if (at == len || field[at] != ':')
		return NULL;
	return header_unfold(a,
	    arena_copy_bytes(a, field + at + 1, len - at - 1));
}

/* Is the line a delimiter?  *last: there is no part behind it. */
static bool
is_delimiter(const struct mime_lines *lines, const char *line, size_t len,
    bool *last)
{
	size_t boundary = strlen(lines->boundary), at = 2 + boundary;

	if (len < at || strncmp(line, "--", 2) != 0 ||
	    memcmp(line + 2, lines->boundary, boundary) != 0)
		return false;
	*last = len >= at + 2 && strncmp(line + at, "--", 2) == 0;
	while (at < len && !*last && (line[at] == ' ' || line[at] == '\t'))
		at++;
	return *last || at == len;
}

/* To behind the next delimiter; *part_end is where the text before it ends.
   False: there is none, the rest is the part. */
static bool
next_delimiter(struct mime_lines *lines, const char **part_end, bool *last)
{
	const char *begin = lines->p;

	while (lines->p < lines->end) {
		const char *line = lines->p;
		size_t len = line_len(line, lines->end, &lines->p);

		if (!is_delimiter(lines, line, len, last))
			continue;
		if (line > begin && line[-1] == '\n')
			line--;
		if (line > begin && line[-1] == '\r')
			line--;
		*part_end = line;
		return true;
	}
	*part_end = lines->end;
	return false;
}

static bool walk_part(struct mime_walk *w, const struct mime_header *header,
    const char *body, size_t len);

/* The header of a part, and what is below it. */
static bool
walk_with_header(struct mime_walk *w, const char *p, const char *end)
{
	struct mime_header header = {0};
	const char *field;
	size_t len;

	while ((field = mime_field(&p, end, &len)) != NULL && len > 0) {
		const char *type =
		    mime_field_value(w->arena, field, len, "Content-Type");
		const char *encoding = mime_field_value(w->arena, field, len,
		    "Content-Transfer-Encoding");

		if (type != NULL)
			header.type = type;
		if (encoding != NULL)
			header.encoding = encoding;
	}
	return walk_part(w, &header, p, (size_t)(end - p));
}

static bool
walk_multipart(struct mime_walk *w, const char *boundary, const char *body,
    size_t len)
{
	struct mime_lines lines = {body, body + len, boundary};
	const char *part, *part_end;
	bool last = false, more = next_delimiter(&lines, &part_end, &last);

	while (more && !last) {
		part = lines.p;
		more = next_delimiter(&lines, &part_end, &last);
		if (!walk_with_header(w, part, part_end))
			return false;
	}
	return true;
}

static const char *
media_type_of(struct arena *a, const char *value)
{
	const char *type = value == NULL ? "text/plain" : value;

	return str_lower(a, arena_copy_bytes(a, type, strcspn(type, "; \t(")));
}

static bool
walk_part(struct mime_walk *w, const struct mime_header *header,
    const char *body, size_t len)
{
	struct mime_part part = {.text = body, .len = len};
	bool go_on = true;

	if (w->depth == MIME_DEPTH_MAX || w->parts == MIME_PARTS_MAX)
		return true;
	part.type = media_type_of(w->arena, header->type);
	w->parts++;
	w->depth++;
	if (header->type != NULL && str_starts(part.type, "multipart/")) {
		const char *boundary =
		    mime_parameter(w->arena, header->type, "boundary");

		if (boundary != NULL && boundary[0] != '\0' &&
		    strlen(boundary) <= BOUNDARY_MAX)
			go_on = walk_multipart(w, boundary, body, len);
	} else {
		if (header->encoding != NULL)
			decode_transfer(w->arena, header->encoding, body, len,
			    &part.text, &part.len);
		go_on = w->visit(w->context, &part);
	}
	w->depth--;
	return go_on;
}

void
mime_walk(struct arena *a, const struct mime_header *header, const char *body,
    size_t len, mime_visit_fn *visit, void *context)
{
	struct mime_walk w = {a, visit, context, 0, 0};
	struct mime_header unfolded = {0};

	if (header->type != NULL)
		unfolded.type = header_unfold(a, header->type);
	unfolded.encoding = header->encoding;
	walk_part(&w, &unfolded, body, len);
}
