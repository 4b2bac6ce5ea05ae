/* SPDX-License-Identifier: MIT */
/*
 * address_list - a line of mail addresses as RFC 822 6 and Postfix's local(8)
 * and aliases(5) have it: with display names, comments, groups, quotes and
 * backslashes, blanks around "@", and commas between them that may be missing.
 * Pure.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct address_entry {
	/* Without quotes, backslashes, comments, display name and source
	   route. */
	const char *text;
	/* Its two sides, as Postfix reads them: "site!user" and "user%site"
	   without "@" are user at site (swap_bangpath, allow_percent_hack).
	   domain is NULL without one. */
	const char *local, *domain;
	char special; /* what it begins with outside quotes; '\0': a word */
	bool escaped; /* it begins with a backslash */
	bool joined;  /* no comma stands before it, only blanks */
};

/* Entries in the order of the line, in the arena; what is no address is an
   entry like any other.  The line is len bytes, without a NUL in them. */
size_t address_list_read(struct arena *a, const char *line, size_t len,
    struct address_entry **out);
