/* SPDX-License-Identifier: MIT */
/* Reads what RFC 8601 2.2 calls resinfo. */
#include "mail/authres.h"

#include "base/str.h"

#include <string.h>

struct resinfo_text {
	struct arena *arena;
	const char *p; /* ends with a NUL */
};

static bool
is_resinfo_space(char c)
{
	return c != '\0' && strchr(" \t\r\n", c) != NULL;
}

/* RFC 5322 3.2.2; what never ends ends with the text. */
static void
resinfo_skip_comment(struct resinfo_text *t)
{
	size_t depth = 0;

	do {
		if (*t->p == '(')
			depth++;
		else if (*t->p == ')')
			depth--;
		else if (*t->p == '\\' && t->p[1] != '\0')
			t->p++;
		t->p++;
	} while (depth > 0 && *t->p != '\0');
}

static void
resinfo_skip_space(struct resinfo_text *t)
{
	while (*t->p == '(' || is_resinfo_space(*t->p))
		if (*t->p == '(')
			resinfo_skip_comment(t);
		else
			t->p++;
}

/* NULL: it never ends. */
static const char *
resinfo_read_quoted(struct resinfo_text *t)
{
	struct str s;

	str_init(&s, t->arena);
	for (t->p++; *t->p != '"'; t->p++) {
		if (*t->p == '\\' && t->p[1] != '\0')
			t->p++;
		if (*t->p == '\0')
			return NULL;
		str_add_bytes(&s, t->p, 1);
	}
	t->p++;
	return s.text;
}

/* Adds all up to a space, a comment, a quote, or one of `ends`. */
static void
resinfo_add_word(struct resinfo_text *t, const char *ends, struct str *s)
{
	size_t len = 0;

	while (t->p[len] != '\0' && strchr(ends, t->p[len]) == NULL &&
	       strchr("(;\"", t->p[len]) == NULL &&
	       !is_resinfo_space(t->p[len]))
		len++;
	str_add_bytes(s, t->p, len);
	t->p += len;
}

static bool
is_resinfo_joint(char c)
{
	return c == '.' || c == '/';
}

/* "dmarc", "header.from", with space around the dot if need be; "" if there is
   none. */
static const char *
resinfo_read_name(struct resinfo_text *t)
{
	struct str s;

	str_init(&s, t->arena);
	do {
		resinfo_skip_space(t);
		resinfo_add_word(t, "=", &s);
		resinfo_skip_space(t);
	} while (is_resinfo_joint(*t->p) ||
		 (s.len > 0 && is_resinfo_joint(s.text[s.len - 1]) &&
		     *t->p != '\0' && strchr("=;\"", *t->p) == NULL));
	return str_lower(t->arena, s.text);
}

/* NULL: it is none. */
static const char *
resinfo_read_value(struct resinfo_text *t)
{
	struct str s;

	resinfo_skip_space(t);
	if (*t->p == '"')
		return resinfo_read_quoted(t);
	str_init(&s, t->arena);
	resinfo_add_word(t, "", &s);
	return s.len > 0 ? s.text : NULL;
}

/* "name=value"; false: what stands there is something else. */
static bool
resinfo_read_pair(struct resinfo_text *t, struct authres_property *out)
{
	out->name = resinfo_read_name(t);
	if (out->name[0] == '\0' || *t->p != '=')
		return false;
	t->p++;
	out->value = resinfo_read_value(t);
	return out->value != NULL;
}

/* A character, a quoted string or a comment; false: it never ends. */
static bool
resinfo_skip_one(struct resinfo_text *t)
{
	if (*t->p == '"')
		return resinfo_read_quoted(t) != NULL;
	if (*t->p == '(')
		resinfo_skip_comment(t);
	else
		t->p++;
	return true;
}

/* To what stands behind the next semicolon; false: there is none. */
static bool
resinfo_next_part(struct resinfo_text *t)
{
	while (*t->p != '\0' && *t->p != ';')
		if (!resinfo_skip_one(t))
			return false;
	if (*t->p == '\0')
		return false;
	t->p++;
	return true;
}

static size_t
count_of(const char *text, char c)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == c;
	return n;
}

/* Its properties are put into the array; false: it is no result. */
static bool
resinfo_read(struct resinfo_text *t, struct authres_property *properties,
    struct authres_result *out)
{
	struct authres_property pair;

	if (!resinfo_read_pair(t, &pair))
		return false;
	*out = (struct authres_result){
	    .method =
		arena_copy_bytes(t->arena, pair.name, strcspn(pair.name, "/")),
	    .result = str_lower(t->arena, pair.value),
	    .properties = properties,
	};
	while (resinfo_read_pair(t, &properties[out->n]))
		out->n++;
	return true;
}

size_t
authres_read(struct arena *a, const char *value,
    const struct authres_result **out)
{
	struct resinfo_text t = {a, value};
	struct authres_result *results =
	    arena_take_array(a, count_of(value, ';') + 1, sizeof(*results));
	struct authres_property *properties =
	    arena_take_array(a, count_of(value, '=') + 1, sizeof(*properties));
	size_t n = 0;

	while (resinfo_next_part(&t))
		if (resinfo_read(&t, properties, &results[n]))
			properties += results[n++].n;
	*out = results;
	return n;
}
