/* SPDX-License-Identifier: MIT */
/*
 * config_value - one value of the configuration: from what is written to what
 * its key's type makes of it.
 */
#pragma once

#include "base/config.h"

/* Where something is said. */
struct config_spot {
	unsigned file; /* which of config.files, from 1 on; 0: nowhere */
	unsigned line;
};

struct config_value {
	bool given; /* by a file; else it is the default */
	struct config_spot spot;
	const char *text;   /* text, choice */
	int64_t number;     /* number; duration in ms; yes is 1; a choice's */
	const char **items; /* list */
	size_t n;
};

/* Reads one value, or one more item of a list.  Returns NULL, or a text that
   says what was expected instead. */
const char *config_value_read(struct arena *a, const struct config_key *key,
    const char *text, struct config_value *out);

/* The value of a key that the file does not set.  A default that its own key
   would refuse is a bug; the function `wrong` of the key is not called. */
struct config_value config_value_default(struct arena *a,
    const struct config_key *key);

/* A list that grows, in v->items and v->n. */
void config_value_add(struct arena *a, struct config_value *v,
    const char *item);

/* NULL if word is one of the choices, ended by NULL; else "expected one of
   ..." with a hint. */
const char *config_not_among(struct arena *a, const char *word,
    const char *const *choices);

/* "; did you mean "x"?", or "" for NULL. */
const char *config_hint(struct arena *a, const char *meant);
