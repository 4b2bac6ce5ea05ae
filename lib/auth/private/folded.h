/* SPDX-License-Identifier: MIT */
/*
 * folded - the value of a header field, folded while it is written (RFC 5322
 * 2.1.1, 2.2.3).  Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

#include <stddef.h>

struct folded {
	struct str text; /* folds are "\n\t" */
	size_t column;
};

/* name: of the field, whose colon and a space stand before the value. */
void folded_init(struct folded *f, struct arena *a, const char *name);

/* The part goes behind separator, if both fit into a line; else it begins a
   new one, and the separator is left out. */
void folded_add(struct folded *f, const char *separator, const char *part);

/* May be cut anywhere. */
void folded_add_base64(struct folded *f, const char *digits);

/* " h=from:to;" */
void folded_add_names(struct folded *f, const char *const *names, size_t n);

/* Begins a new line. */
void folded_break(struct folded *f);
