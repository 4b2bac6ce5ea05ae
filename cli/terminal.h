/* SPDX-License-Identifier: MIT */
/*
 * terminal - what standard output can show: colours only where somebody
 * looks, marks only where they are letters.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

/* ✓ or ✗, or yes or no where the locale is not UTF-8. */
const char *terminal_mark(struct arena *a, bool good);
/* "✓ word": all is well; the word alone where there is no ✓. */
const char *terminal_good(struct arena *a, const char *word);
/* "✗ sentence": the same of what ended badly, in words that say so. */
const char *terminal_failed(struct arena *a, const char *sentence);
/* Characters of a line; 0: nobody looks, or it is not known. */
size_t terminal_width(void);
/* "word ✗": something is wrong; the word alone where there is no ✗. */
const char *terminal_bad(struct arena *a, const char *word);

/* Text typed by a stranger, of several lines: each printable, with `indent`
   before it, and ended by \n but for the last. */
char *terminal_lines(struct arena *a, const char *text, const char *indent);
