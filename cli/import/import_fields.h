/* SPDX-License-Identifier: MIT */
/*
 * import_fields - records of a table: RFC 4180 with commas or semicolons, or
 * with tabs, as `mysql --batch` writes it.  Pure.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

#define IMPORT_FIELDS_MAX 64

struct import_fields {
	const char *text, *end; /* what is not read yet */
	size_t line;            /* of it */
	/* ',', ';' or '\t'; '\0': the first record tells. */
	char separator;
};

struct import_record {
	size_t line;                           /* on which it begins */
	const char *fields[IMPORT_FIELDS_MAX]; /* in the arena */
	size_t n;
	/* NULL, or why it cannot be read, as a phrase; the next begins at the
	   next line. */
	const char *problem;
};

/* Empty lines are skipped.  False: there is no more record. */
bool import_record_read(struct import_fields *f, struct arena *a,
    struct import_record *out);
