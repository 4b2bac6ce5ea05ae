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
 * is expanded; what is included, config_files.h says.  A section without a
 * title may be in several pieces; a key or a title given twice is refused.
 *
 * What is not in the table, of another type or out of range is refused with
 * file, line, what was expected and the nearest known name; all files are taken
 * whole or none.
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
	CONFIG_FILE,     /* a text: the absolute path of a file, or "" */
	CONFIG_FOLDER,   /* the same of a folder */
};

/* A word of a choice, and what it stands for. */
struct config_choice {
	const char *word;
	int64_t value;
};

/* What a key's value becomes in a struct. */
enum config_place {
	CONFIG_NOWHERE, /* it is read by its name */
	CONFIG_TO_TEXT, /* const char *: a text, or the word of a choice */
	CONFIG_TO_BOOL,
	CONFIG_TO_INT,
	CONFIG_TO_LONG, /* or int64_t, as it is here */
	CONFIG_TO_LONG_LONG,
	CONFIG_TO_UNSIGNED, /* or an enum */
	CONFIG_TO_UNSIGNED_LONG,
	CONFIG_TO_ITEMS, /* const char *const *, and a size_t: how many */
};

/* In a row of the table: the value goes into this member of such a struct, a
   list's items and their number into these two. */
#define CONFIG_INTO(type, member)                                              \
	.at = offsetof(type, member),                                          \
	.to = _Generic(((type *)0)->member, const char *: CONFIG_TO_TEXT,      \
	    bool: CONFIG_TO_BOOL, int: CONFIG_TO_INT, long: CONFIG_TO_LONG,    \
	    long long: CONFIG_TO_LONG_LONG, unsigned: CONFIG_TO_UNSIGNED,      \
	    unsigned long: CONFIG_TO_UNSIGNED_LONG)
#define CONFIG_INTO_ITEMS(type, items, n)                                      \
	.at = offsetof(type, items), .n_at = offsetof(type, n),                \
	.to = _Generic(((type *)0)->items, \
	    const char *const *: CONFIG_TO_ITEMS)

/* One key.  section is "" for the top of the file.  A section whose first
   key has titled set is written with a title, any number of times:
   dnsbl "zen.example" { ... }. */
struct config_key {
	const char *section, *name;
	enum config_type type;
	const char *def;   /* as it would be written; NULL: none, which reads
			      as NULL, 0, no or an empty list */
	int64_t low, high; /* of numbers and durations */
	/* Ended by one without a word; for a list, what each item may be. */
	const struct config_choice *choices;
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
	bool includes; /* of a list at the top, see config_files.h */
	/* Optional: see CONFIG_INTO. */
	enum config_place to;
	size_t at, n_at;
};

struct config;

/* RC_PERM: a file is wrong; err says "FILE:LINE: what, expected what".
   RC_TEMP: one cannot be read.  keys must outlive the config. */
enum rc config_open(const char *path, const struct config_key *keys, size_t n,
    struct config **out, struct err *err);
/* The same from text; `name` stands for the file in errors.  Includes
   nothing. */
enum rc config_read(const char *text, const char *name,
    const struct config_key *keys, size_t n, struct config **out,
    struct err *err);
void config_free(struct config *c);

/* Writes every key of the sections without title that has a place into the
   struct of which CONFIG_INTO was told.  Texts and lists live as long as the
   config. */
void config_fill(const struct config *c, void *out);
/* The same for one section, but only what the file says: what it does not say
   is left as it is in *out. */
void config_fill_given(const struct config *c, const char *section,
    const char *title, void *out);

/* Reading by name.  title is NULL for an untitled section.  Section and key
   must be in the table, with that type: anything else is a bug and asserts.  A
   title that the file does not have reads as a section with nothing in it. What
   is returned lives as long as the config. */
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
