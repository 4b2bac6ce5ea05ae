/* SPDX-License-Identifier: MIT */
#include "base/private/config_data.h"

#include <string.h>

size_t
config_find_key(const struct config *c, const char *section, const char *name)
{
	size_t i = 0;

	while (i < c->n &&
	       (strcmp(c->keys[i].section, section) != 0 ||
		   (name != NULL && strcmp(c->keys[i].name, name) != 0)))
		i++;
	return i;
}

struct config_section *
config_find_section(const struct config *c, const char *name, const char *title)
{
	struct config_section *s = c->sections;

	while (s != NULL &&
	       (strcmp(s->name, name) != 0 ||
		   (title != NULL && strcmp(s->title, title) != 0)))
		s = s->next;
	return s;
}

struct config_section *
config_add_section(struct config *c, const char *name, const char *title)
{
	struct arena *a = c->arena;
	struct config_section *s = arena_take(a, sizeof(*s));

	s->next = c->sections;
	s->name = arena_copy_text(a, name);
	s->title = arena_copy_text(a, title);
	s->values = arena_take_array(a, c->n, sizeof(*s->values));
	if (c->n > 0)
		memcpy(s->values, c->defaults, c->n * sizeof(*s->values));
	if (title != NULL)
		config_value_add(a, &c->titles[config_find_key(c, name, NULL)],
		    s->title);
	return c->sections = s;
}
