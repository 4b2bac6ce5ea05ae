/* SPDX-License-Identifier: MIT */
/*
 * pairs - facts on one line, as key=value pairs with a space between them.
 * Whatever bytes a value has, the line is printable, and pairs_next gives the
 * same bytes back.  Pure.
 *
 *	struct str line;
 *
 *	str_init(&line, arena);
 *	pairs_add(&line, "from", "<ann@remotes.club>");
 *	pairs_add(&line, "why", "no such \"name\"");
 *	line.text: from=<ann@remotes.club> why="no such \"name\""
 *
 * A value stands in quotes unless it is printable ASCII without a space, '"',
 * '=' or '\', and not empty.  In quotes '"' and '\' have a '\' before them, and
 * what nobody could see is escaped as str_show does it.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

struct pair {
	const char *key, *value;
};

/* Appends one pair.  A value that is NULL is left out.  The key is a plain
   word: letters, digits, '_', '-' and '.'. */
void pairs_add(struct str *line, const char *key, const char *value);

/* The same; the key is prefix and name. */
void pairs_add_under(struct str *line, const char *prefix, const char *name,
    const char *value);

/* Takes the next pair out of the text at *at and moves *at behind it.  Key and
   value are in the arena.  RC_OK; RC_NONE: nothing is left; RC_PERM: the text
   there is no pair. */
enum rc pairs_next(struct arena *a, const char **at, struct pair *out,
    struct err *err);

/* The inside of a value in quotes, and back.  RC_PERM: such an escape is never
   written. */
const char *pairs_escape(struct arena *a, const char *text);
enum rc pairs_unescape(struct arena *a, const char *escaped, const char **out);
