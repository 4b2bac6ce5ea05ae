/* SPDX-License-Identifier: MIT */
/*
 * tag_list - "name=value; name=value" as signatures and keys are
 * written (RFC 6376 3.2).  Pure.
 *
 * Read strictly: names are letters, digits and underscores, beginning with a
 * letter, and their case counts; values are bytes that can be seen, with white
 * space and folds between them; only the last tag may end in a semicolon with
 * nothing behind it.  Bytes above 127 may stand in values (RFC 8616).  What a
 * tag means, and whether it is known, is for the caller.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define TAG_LIST_MAX      16384 /* bytes of a list */
#define TAG_LIST_TAGS_MAX 128

struct tag {
	const char *name;  /* ended by a NUL */
	const char *value; /* in the text that was read, without white space at
			      its ends; not ended by a NUL */
	size_t len;
	/* All bytes from the equals sign to the semicolon or the end. */
	const char *raw;
	size_t raw_len;
};

struct tag_list {
	const struct tag *tags; /* as they stand */
	size_t n;
};

/* RC_PERM: no such list, also if one name is there twice, or it is empty or
   beyond a limit.  The values point into text, which must live as long; the
   rest is in the arena. */
enum rc tag_list_read(struct arena *a, const char *text, size_t len,
    struct tag_list *out, struct err *err);

/* NULL: it has no such tag. */
const struct tag *tag_list_find(const struct tag_list *list, const char *name);

/* Is that the value, byte for byte, or in any case? */
bool tag_is(const struct tag *tag, const char *value);
bool tag_is_fold(const struct tag *tag, const char *value);

/* The value without the white space and folds that may stand in it, as
   base64 is written; ended by a NUL. */
char *tag_squeezed(struct arena *a, const struct tag *tag);

/* The parts of a value that colons separate, without white space at their
   ends, one after another: a walk starts with *at zero and ends with false.
   An empty part is one, so that "a:" has two, and "" has one. */
bool tag_next_part(const struct tag *tag, size_t *at, struct tag *part);
