/* SPDX-License-Identifier: MIT */
#include "base/config_files.h"

#include "base/private/config_data.h"

#include <assert.h>

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
