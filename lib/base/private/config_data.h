/* SPDX-License-Identifier: MIT */
/*
 * config_data - what a configuration is made of, for those who read it into
 * memory (config_confuse.c) and those who answer from it (config.c).
 */
#pragma once

#include "base/private/config_value.h"

struct config_section {
	struct config_section *next;
	const char *name, *title;
	struct config_spot spot;     /* of its first piece */
	struct config_value *values; /* as many as keys, most of them idle */
};

struct config {
	struct arena *arena;
	const struct config_key *keys;
	size_t n;
	struct config_value *defaults;
	struct config_value *titles;     /* lists, at a section's first key */
	struct config_section *sections; /* those that the files have */
	struct config_value files;       /* a list: read so far */
	struct config_value passed_over; /* a list */
};

/* The key's index, or n if there is none.  name NULL: the section's first. */
size_t config_find_key(const struct config *c, const char *section,
    const char *name);
struct config_section *config_find_section(const struct config *c,
    const char *name, const char *title);

/* A section with nothing said in it yet. */
struct config_section *config_add_section(struct config *c, const char *name,
    const char *title);
