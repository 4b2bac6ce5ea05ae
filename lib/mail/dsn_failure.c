/* SPDX-License-Identifier: MIT */
#include "mail/dsn.h"

#include "base/str.h"
#include "mail/header.h"

#include <string.h>
#include <strings.h>

#define SPACE " \t\r\n"

/* RFC 2046 5.1.1 */
#define BOUNDARY_MOST 70

struct span {
	const char *at;
	size_t len;
};

/* A body, read from p on, to the end of one part after another. */
struct parts {
	struct arena *arena;
	const char *p, *end;
	const char *boundary; /* with its two hyphens */
};

/* Of one recipient (RFC 3464 2.3). */
struct group {
	const char *action, *status, *diagnostic;
};

/* A value of RFC 2045 5.1, a token or a quoted string. */
static char *
read_value(struct arena *a, const char *p)
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

/* Past a parameter's value, quotes and what is in them too. */
static const char *
skip_parameter(const char *p)
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

/* NULL: none, or none that RFC 2046 allows. */
static const char *
boundary_of(struct arena *a, const char *content_type)
{
	const char *p = skip_parameter(header_unfold(a, content_type)), *value;

	for (; *p == ';'; p = skip_parameter(p)) {
		p += 1 + strspn(p + 1, SPACE);
		if (!str_starts_fold(p, "boundary"))
			continue;
		value = p + strlen("boundary");
		value += strspn(value, SPACE);
		if (*value != '=')
			continue;
		value++;
		value = read_value(a, value + strspn(value, SPACE));
		return value[0] == '\0' || strlen(value) > BOUNDARY_MOST
			   ? NULL
			   : arena_printf(a, "--%s", value);
	}
	return NULL;
}

/* The line at p, without its end; *next is where another begins. */
static struct span
line_at(const struct parts *parts, const char *p, const char **next)
{
	const char *newline = memchr(p, '\n', (size_t)(parts->end - p));
	const char *end = newline == NULL ? parts->end : newline;

	*next = newline == NULL ? end : newline + 1;
	if (end > p && end[-1] == '\r')
		end--;
	return (struct span){p, (size_t)(end - p)};
}

/* Whatever follows it (RFC 2046 5.1.2: a line that only begins as one ends the
   part, too). */
static bool
is_delimiter(const struct parts *parts, struct span line)
{
	size_t len = strlen(parts->boundary);

	return line.len >= len && memcmp(line.at, parts->boundary, len) == 0;
}

/* To after the next delimiter.  False: there is none. */
static bool
next_part(struct parts *parts)
{
	while (parts->p < parts->end)
		if (is_delimiter(parts, line_at(parts, parts->p, &parts->p)))
			return true;
	return false;
}

/* One field with its folds; an empty line has length 0.  False: the part is
   over. */
static bool
read_field(struct parts *parts, struct span *field)
{
	const char *next = parts->p;

	if (next == parts->end)
		return false;
	*field = line_at(parts, next, &next);
	if (is_delimiter(parts, *field))
		return false;
	while (field->len > 0 && next < parts->end &&
	       (*next == ' ' || *next == '\t')) {
		struct span more = line_at(parts, next, &next);

		field->len = (size_t)(more.at + more.len - field->at);
	}
	parts->p = next;
	return true;
}

/* NULL: it is another field.  name is with its colon. */
static const char *
value_of(struct arena *a, struct span field, const char *name)
{
	size_t len = strlen(name);

	if (field.len < len || strncasecmp(field.at, name, len) != 0)
		return NULL;
	return header_unfold(a,
	    arena_copy_bytes(a, field.at + len, field.len - len));
}

static bool
is_delivery_status(const char *type)
{
	static const char *const types[] = {
	    "message/delivery-status",       /* RFC 3464 */
	    "message/global-delivery-status" /* RFC 6533 */
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		size_t len = strlen(types[i]);

		if (str_starts_fold(type, types[i]) &&
		    (type[len] == '\0' || strchr("; \t(", type[len]) != NULL))
			return true;
	}
	return false;
}

/* The header of a part, to its end: is it what we look for? */
static bool
read_part_header(struct parts *parts)
{
	bool wanted = false;
	struct span field;

	while (read_field(parts, &field) && field.len > 0) {
		const char *type =
		    value_of(parts->arena, field, "Content-Type:");

		if (type != NULL)
			wanted = is_delivery_status(type);
	}
	return wanted;
}

static bool
has_failed(const struct group *g)
{
	static const char failed[] = "failed";
	const char *action = g->action;

	/* What follows is a comment. */
	return action != NULL && str_starts_fold(action, failed) &&
	       (action[strlen(failed)] == '\0' ||
		   strchr(" \t(;", action[strlen(failed)]) != NULL);
}

static void
read_group_field(struct arena *a, struct group *g, struct span field)
{
	const struct {
		const char *name, **value;
	} fields[] = {
	    {"Action:", &g->action},
	    {"Status:", &g->status},
	    {"Diagnostic-Code:", &g->diagnostic},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (*fields[i].value == NULL)
			*fields[i].value = value_of(a, field, fields[i].name);
}

/* The first group that tells of a failure. */
static bool
find_failed(struct parts *parts, struct group *g)
{
	struct span field;

	*g = (struct group){0};
	while (read_field(parts, &field)) {
		if (field.len > 0)
			read_group_field(parts->arena, g, field);
		else if (has_failed(g))
			return true;
		else
			*g = (struct group){0};
	}
	return has_failed(g);
}

static char *
text_of(struct arena *a, const struct group *g)
{
	const char *status = g->status != NULL ? g->status : "";
	const char *why = g->diagnostic != NULL ? g->diagnostic : "";
	const char *text = arena_printf(a, "%s%s%s", status,
	    status[0] != '\0' && why[0] != '\0' ? " " : "", why);

	if (text[0] == '\0')
		text = "failed";
	return str_printable(a, text, strlen(text), DSN_FAILURE_MOST);
}

char *
dsn_failure(struct arena *a, const char *content_type, const char *body,
    size_t len)
{
	struct parts parts = {.arena = a, .p = body, .end = body + len};
	struct group g;

	parts.boundary = boundary_of(a, content_type);
	if (parts.boundary == NULL || !dsn_is_report(a, content_type))
		return NULL;
	while (next_part(&parts))
		if (read_part_header(&parts))
			return find_failed(&parts, &g) ? text_of(a, &g) : NULL;
	return NULL;
}
