/* SPDX-License-Identifier: MIT */
/*
 * config - the configuration file: sections of typed keys, described by a
 * table.
 *
 *	# or // to the end of the line, and C's too, are comments
 *	key = value
 *	list = { "a", "b" }
 *	section { key = value }
 *	section "title" { key = value }
 *
 * A value of letters, digits and -_.:/@ needs no quotes.  In double quotes
 * a backslash comes before a quote, a backslash or $, and before n for a new
 * line and t for a tab; in single quotes only before the first two.  Nothing
 * is expanded and nothing included.  A section without a title may be written
 * in several pieces; a key or a title given twice is refused.
 *
 * What is not in the table, of another type or out of range is refused with
 * file, line, what was expected and the nearest known name; a file is taken
 * whole or not at all.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum config_type {
	CONFIG_TEXT,
	CONFIG_LIST,     /* of texts: { "a", "b" }, or "a" alone; the default
			    is split at commas */
	CONFIG_YES_NO,   /* yes or no, on or off, true or false */
	CONFIG_NUMBER,   /* a whole number from low to high */
	CONFIG_DURATION, /* "500ms", "5s", "10m", "2h", "21d"; read and
			    returned, and low and high given, in ms */
	CONFIG_CHOICE,   /* one of the words of choices */
};

/* One key.  section is "" for the top of the file.  A section whose first
   key has titled set is written with a title, any number of times:
   dnsbl "zen.example" { ... }. */
struct config_key {
	const char *section, *name;
	enum config_type type;
	const char *def;   /* as it would be written; NULL: none, which reads
			      as NULL, 0, no or an empty list */
	int64_t low, high; /* of numbers and durations */
	const char *const *choices; /* ended by NULL; for a list, what each
				       item may be */
	/* Optional: what is wrong with one value (of a list, each one in
	   turn), as "expected ..."; NULL when nothing is. */
	const char *(*wrong)(struct arena *a, const char *value);
	bool titled;
	/* Optional, with titled: the words a title may be, ended by NULL. */
	const char *const *titles;
	/* Optional, with titled: what an error may show of a title. */
	const char *(*title_shown)(struct arena *a, const char *title);
	/* Optional: what the key was called before.  That name is refused, and
	   the error says the new one. */
	const char *old_name;
};

struct config;

/* RC_PERM: the file is wrong; err says "FILE:LINE: what, expected what".
   RC_TEMP: it cannot be read.  keys must outlive the config. */
enum rc config_open(const char *path, const struct config_key *keys, size_t n,
    struct config **out, struct err *err);
/* The same from text; `name` stands for the file in errors. */
enum rc config_read(const char *text, const char *name,
    const struct config_key *keys, size_t n, struct config **out,
    struct err *err);
void config_free(struct config *c);

/* Reading.  title is NULL for an untitled section.  Section and key must be
   in the table, with that type: anything else is a bug and asserts.  A title
   that the file does not have reads as a section with nothing in it.  What is
   returned lives as long as the config. */
const char *config_text(const struct config *c, const char *section,
    const char *title, const char *key);
int64_t config_number(const struct config *c, const char *section,
    const char *title, const char *key); /* and CONFIG_DURATION */
bool config_flag(const struct config *c, const char *section, const char *title,
    const char *key);

struct config_list {
	const char *const *items;
	size_t n;
};

struct config_list config_list(const struct config *c, const char *section,
    const char *title, const char *key);

/* Titles of the sections of that name, in the order of the file. */
struct config_list config_titles(const struct config *c, const char *section);

/* True: the file sets the key.  False: the key has its default. */
bool config_given(const struct config *c, const char *section,
    const char *title, const char *key);
