/* SPDX-License-Identifier: MIT */
#include "base/config_files.h"

#include "base/private/config_data.h"

#include <assert.h>
#include <string.h>

const char *
config_where(const struct config *c, struct arena *a, const char *section,
    const char *title, const char *key)
{
	const struct config_section *s = config_find_section(c, section, title);
	size_t i = config_find_key(c, section, key);
	struct config_spot spot = {0};

	assert(i < c->n);
	if (s != NULL)
		spot = key == NULL ? s->spot : s->values[i].spot;
	if (spot.file == 0)
		return c->files.items[0];
	return arena_printf(a, "%s:%u", c->files.items[spot.file - 1],
	    spot.line);
}

struct config_list
config_files(const struct config *c)
{
	return (struct config_list){c->files.items, c->files.n};
}

struct config_list
config_passed_over(const struct config *c)
{
	return (struct config_list){c->passed_over.items, c->passed_over.n};
}

static void
add_config_path(struct arena *a, const struct config_value *v,
    struct config_value *out)
{
	if (v->text != NULL && v->text[0] != '\0')
		config_value_add(a, out, v->text);
}

struct config_list
config_paths(const struct config *c, struct arena *a, enum config_type type)
{
	struct config_value found = {0};

	for (size_t i = 0; i < c->n; i++) {
		const struct config_key *key = &c->keys[i];
		size_t first = config_find_key(c, key->section, NULL);
		bool said = false;

		if (key->type != type)
			continue;
		for (const struct config_section *s = c->sections; s != NULL;
		     s = s->next)
			if (strcmp(s->name, key->section) == 0) {
				add_config_path(a, &s->values[i], &found);
				said = true;
			}
		if (!said && !c->keys[first].titled)
			add_config_path(a, &c->defaults[i], &found);
	}
	return (struct config_list){found.items, found.n};
}
