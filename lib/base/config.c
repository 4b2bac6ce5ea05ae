/* SPDX-License-Identifier: MIT */
#include "base/config.h"

#include "base/file.h"
#include "base/private/config_confuse.h"
#include "base/str.h"

#include <assert.h>
#include <string.h>

#define LONGEST_FILE ((size_t)1024 * 1024)

static struct config *
config_new(const struct config_key *keys, size_t n)
{
	struct arena *a = arena_new();
	struct config *c = arena_take(a, sizeof(*c));

	*c = (struct config){.arena = a, .keys = keys, .n = n};
	c->defaults = arena_take_array(a, n, sizeof(*c->defaults));
	c->titles = arena_take_array(a, n, sizeof(*c->titles));
	for (size_t i = 0; i < n; i++) {
		assert(config_find_key(c, keys[i].section, keys[i].name) == i);
		c->defaults[i] = config_value_default(a, &keys[i]);
	}
	return c;
}

void
config_free(struct config *c)
{
	if (c != NULL)
		arena_free(c->arena);
}

enum rc
config_read(const char *text, const char *name, const struct config_key *keys,
    size_t n, struct config **out, struct err *err)
{
	struct config *c;
	enum rc rc;

	*out = NULL;
	if (strnlen(text, LONGEST_FILE + 1) > LONGEST_FILE)
		return err_set(err, RC_PERM, "%s: longer than 1 MiB", name);
	c = config_new(keys, n);
	rc = config_parse(c, text, name, err);
	if (rc == RC_OK)
		*out = c;
	else
		config_free(c);
	return rc;
}

static enum rc
read_config_text(struct arena *a, const char *path, const char **out,
    struct err *err)
{
	char *text;
	size_t len;
	enum rc rc = file_read(a, path, LONGEST_FILE, &text, &len, NULL, err);

	if (rc != RC_OK)
		return rc == RC_PERM ? RC_PERM : RC_TEMP;
	*out = text;
	if (strlen(text) != len)
		return err_set(err, RC_PERM, "%s: not text: holds a NUL", path);
	return RC_OK;
}

/* True: the file was cut off, as on a full disk, which seldom happens where a
   line ends.  After a closing brace or quote a missing newline proves
   nothing. */
static bool
is_cut(const char *text)
{
	const char *line = strrchr(text, '\n');
	size_t len = strlen(text);

	line = line == NULL ? text : line + 1;
	line += strspn(line, " \t");
	return *line == '#' || str_starts(line, "//") ||
	       (len > 0 && strchr("}\"' \t\r\n", text[len - 1]) == NULL);
}

enum rc
config_open(const char *path, const struct config_key *keys, size_t n,
    struct config **out, struct err *err)
{
	struct arena *a = arena_new();
	const char *text = "";
	enum rc rc = read_config_text(a, path, &text, err);

	*out = NULL;
	if (rc == RC_OK)
		rc = config_read(text, path, keys, n, out, err);
	if (rc == RC_OK && is_cut(text)) {
		config_free(*out);
		*out = NULL;
		rc = err_set(err, RC_PERM,
		    "%s: its last line has no end: is the file cut off?", path);
	}
	arena_free(a);
	return rc;
}

static const struct config_value *
config_value_of(const struct config *c, const char *section, const char *title,
    const char *key, unsigned types)
{
	const struct config_section *s = config_find_section(c, section, title);
	size_t i = config_find_key(c, section, key);

	assert(i < c->n && (types & 1U << c->keys[i].type) != 0);
	(void)types;
	return s != NULL ? &s->values[i] : &c->defaults[i];
}

const char *
config_text(const struct config *c, const char *section, const char *title,
    const char *key)
{
	unsigned types = 1U << CONFIG_TEXT | 1U << CONFIG_CHOICE;

	return config_value_of(c, section, title, key, types)->text;
}

int64_t
config_number(const struct config *c, const char *section, const char *title,
    const char *key)
{
	unsigned types = 1U << CONFIG_NUMBER | 1U << CONFIG_DURATION;

	return config_value_of(c, section, title, key, types)->number;
}

bool
config_flag(const struct config *c, const char *section, const char *title,
    const char *key)
{
	return config_value_of(c, section, title, key, 1U << CONFIG_YES_NO)
	    ->number;
}

struct config_list
config_list(const struct config *c, const char *section, const char *title,
    const char *key)
{
	const struct config_value *v =
	    config_value_of(c, section, title, key, 1U << CONFIG_LIST);

	return (struct config_list){v->items, v->n};
}

struct config_list
config_titles(const struct config *c, const char *section)
{
	size_t first = config_find_key(c, section, NULL);

	assert(first < c->n && c->keys[first].titled);
	return (struct config_list){c->titles[first].items, c->titles[first].n};
}

bool
config_given(const struct config *c, const char *section, const char *title,
    const char *key)
{
	return config_value_of(c, section, title, key, ~0U)->given;
}

/* True: the key's value fits the type of the member. */
static bool
config_key_fits(const struct config_key *key)
{
	switch (key->type) {
	case CONFIG_TEXT:
		return key->to == CONFIG_TO_TEXT;
	case CONFIG_LIST:
		return key->to == CONFIG_TO_ITEMS;
	case CONFIG_YES_NO:
		return key->to == CONFIG_TO_BOOL;
	case CONFIG_NUMBER:
	case CONFIG_DURATION:
		return key->to != CONFIG_TO_TEXT &&
		       key->to != CONFIG_TO_ITEMS && key->to != CONFIG_TO_BOOL;
	case CONFIG_CHOICE:
		return key->to != CONFIG_TO_ITEMS;
	}
	return false;
}

static void
put_value(const struct config_key *key, const struct config_value *v, void *out)
{
	void *to = (char *)out + key->at;

	assert(key->to == CONFIG_NOWHERE || config_key_fits(key));
	switch (key->to) {
	case CONFIG_NOWHERE:
		return;
	case CONFIG_TO_TEXT:
		*(const char **)to = v->text;
		return;
	case CONFIG_TO_BOOL:
		*(bool *)to = v->number != 0;
		return;
	case CONFIG_TO_INT:
		*(int *)to = (int)v->number;
		return;
	case CONFIG_TO_LONG:
		*(long *)to = (long)v->number;
		return;
	case CONFIG_TO_LONG_LONG:
		*(long long *)to = v->number;
		return;
	case CONFIG_TO_UNSIGNED:
		*(unsigned *)to = (unsigned)v->number;
		return;
	case CONFIG_TO_UNSIGNED_LONG:
		*(unsigned long *)to = (unsigned long)v->number;
		return;
	case CONFIG_TO_ITEMS:
		*(const char *const **)to = v->items;
		*(size_t *)((char *)out + key->n_at) = v->n;
		return;
	}
}

void
config_fill(const struct config *c, void *out)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct config_key *key = &c->keys[i];
		const struct config_section *s =
		    config_find_section(c, key->section, NULL);
		size_t first = config_find_key(c, key->section, NULL);

		if (key->to != CONFIG_NOWHERE && !c->keys[first].titled)
			put_value(key,
			    s != NULL ? &s->values[i] : &c->defaults[i], out);
	}
}

void
config_fill_given(const struct config *c, const char *section,
    const char *title, void *out)
{
	const struct config_section *s = config_find_section(c, section, title);

	for (size_t i = 0; s != NULL && i < c->n; i++)
		if (s->values[i].given && c->keys[i].to != CONFIG_NOWHERE &&
		    strcmp(c->keys[i].section, section) == 0)
			put_value(&c->keys[i], &s->values[i], out);
}
