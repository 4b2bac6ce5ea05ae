/* SPDX-License-Identifier: MIT */
#include "auth/tag_list.h"

#include "base/str.h"

#include <string.h>
#include <strings.h>

struct tag_text {
	const char *p, *end;
};

static bool
is_tag_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_tag_name_char(char c)
{
	return is_tag_alpha(c) || (c >= '0' && c <= '9') || c == '_';
}

static bool
is_tag_value_char(char c)
{
	unsigned char u = (unsigned char)c;

	return u > ' ' && u != 0x7f;
}

/* Bytes of white space at p: a fold's CR counts before its LF only. */
static size_t
tag_space(const char *p, const char *end)
{
	const char *start = p;

	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' ||
			      (*p == '\r' && p + 1 < end && p[1] == '\n')))
		p++;
	return (size_t)(p - start);
}

static bool
is_tag_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
tag_read_name(struct arena *a, struct tag_text *t, struct tag *out)
{
	const char *start;

	t->p += tag_space(t->p, t->end);
	start = t->p;
	if (t->p == t->end || !is_tag_alpha(*t->p))
		return false;
	while (t->p < t->end && is_tag_name_char(*t->p))
		t->p++;
	out->name = arena_copy_bytes(a, start, (size_t)(t->p - start));
	t->p += tag_space(t->p, t->end);
	return t->p < t->end && *t->p++ == '=';
}

/* Up to a semicolon, which stays, or the end. */
static bool
tag_read_value(struct tag_text *t, struct tag *out)
{
	out->raw = t->p;
	t->p += tag_space(t->p, t->end);
	out->value = t->p;
	while (t->p < t->end && *t->p != ';') {
		size_t space;

		if (is_tag_value_char(*t->p)) {
			out->len = (size_t)(++t->p - out->value);
			continue;
		}
		space = tag_space(t->p, t->end);
		if (space == 0)
			return false;
		t->p += space;
	}
	out->raw_len = (size_t)(t->p - out->raw);
	return true;
}

static enum rc
tag_list_malformed(const struct tag *tag, struct err *err)
{
	if (tag->name == NULL)
		return err_set(err, RC_PERM, "a tag without a name");
	return err_set(err, RC_PERM, "tag %.40s is malformed", tag->name);
}

static enum rc
tag_list_add(struct tag_list *list, struct tag *tags, const struct tag *tag,
    struct err *err)
{
	if (tag_list_find(list, tag->name) != NULL)
		return err_set(err, RC_PERM, "tag %.40s is there twice",
		    tag->name);
	if (list->n == TAG_LIST_TAGS_MAX)
		return err_set(err, RC_PERM, "more than %d tags",
		    TAG_LIST_TAGS_MAX);
	tags[list->n++] = *tag;
	return RC_OK;
}

/* Tags that there can be. */
static size_t
tag_list_room(const char *text, size_t len)
{
	size_t n = 1;

	for (size_t i = 0; i < len && n < TAG_LIST_TAGS_MAX; i++)
		n += text[i] == ';';
	return n;
}

enum rc
tag_list_read(struct arena *a, const char *text, size_t len,
    struct tag_list *out, struct err *err)
{
	struct tag_text t = {text, text + len};
	struct tag *tags;
	enum rc rc;

	*out = (struct tag_list){0};
	if (len > TAG_LIST_MAX)
		return err_set(err, RC_PERM, "tags of more than %d bytes",
		    TAG_LIST_MAX);
	tags = arena_take_array(a, tag_list_room(text, len), sizeof(*tags));
	out->tags = tags;
	do {
		struct tag tag = {0};

		if (!tag_read_name(a, &t, &tag) || !tag_read_value(&t, &tag))
			return tag_list_malformed(&tag, err);
		rc = tag_list_add(out, tags, &tag, err);
		if (rc != RC_OK)
			return rc;
		if (t.p < t.end)
			t.p++;
	} while (t.p + tag_space(t.p, t.end) < t.end);
	return RC_OK;
}

const struct tag *
tag_list_find(const struct tag_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->tags[i].name, name) == 0)
			return &list->tags[i];
	return NULL;
}

bool
tag_is(const struct tag *tag, const char *value)
{
	return tag->len == strlen(value) &&
	       memcmp(tag->value, value, tag->len) == 0;
}

bool
tag_is_fold(const struct tag *tag, const char *value)
{
	return tag->len == strlen(value) &&
	       strncasecmp(tag->value, value, tag->len) == 0;
}

char *
tag_squeezed(struct arena *a, const struct tag *tag)
{
	char *text = arena_take(a, tag->len + 1), *to = text;

	for (size_t i = 0; i < tag->len; i++)
		if (!is_tag_space(tag->value[i]))
			*to++ = tag->value[i];
	*to = '\0';
	return text;
}

bool
tag_next_part(const struct tag *tag, size_t *at, struct tag *part)
{
	const char *start = tag->value + *at, *colon;
	size_t len;

	if (*at > tag->len)
		return false;
	colon = memchr(start, ':', tag->len - *at);
	len = colon != NULL ? (size_t)(colon - start) : tag->len - *at;
	*at += len + 1;
	*part = (struct tag){.name = tag->name, .raw = start, .raw_len = len};
	while (len > 0 && is_tag_space(*start))
		start++, len--;
	while (len > 0 && is_tag_space(start[len - 1]))
		len--;
	part->value = start;
	part->len = len;
	return true;
}
