/* SPDX-License-Identifier: MIT */
#include "base/config.h"

#include "base/private/config_data.h"

#include <assert.h>
#include <string.h>

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
	unsigned types = 1U << CONFIG_TEXT | 1U << CONFIG_CHOICE |
			 1U << CONFIG_FILE | 1U << CONFIG_FOLDER;

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
	case CONFIG_FILE:
	case CONFIG_FOLDER:
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
