/* SPDX-License-Identifier: MIT */
/*
 * postfix_words - the words of a value in main.cf: apart by blanks or commas,
 * or all that is between braces; pure.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct postfix_word {
	const char *begin, *end; /* in the value */
};

/* The next word from *at on; false: there is none. */
bool postfix_word_next(const char **at, struct postfix_word *out);
bool postfix_word_is(const struct postfix_word *word, const char *text);

/* Is it one of the words?  Upper and lower case do not matter. */
bool postfix_words_have(const char *value, const char *text);

/* The value, or nothing, with more behind it, before the word that ends the
   list whatever comes ("permit" or "reject", last). */
const char *postfix_words_append(struct arena *a, const char *value,
    const char *more);

/* The same, before the byte at `at`. */
const char *postfix_words_insert(struct arena *a, const char *value,
    const char *at, const char *more);
