/* SPDX-License-Identifier: MIT */
/*
 * typed - text that a person has typed, or has pasted with invisible characters
 * from a mail, a page or a word processor.  Pure.
 */
#pragma once

#include "base/arena.h"

/* Returns the text without the invisible characters at both ends: spaces of all
   kinds, line ends, zero-width and control characters (unicode.h). */
char *typed_trim(struct arena *a, const char *text);

/* Returns the text on one line, as tables keep and show it: spaces and line
   ends of all kinds become one space between words, none at the ends; hidden
   characters are left out, but not those that scripts and emoji are written
   with.  NULL: it holds bytes that are no text: bytes that are no UTF-8,
   control characters, characters that do not exist. */
char *typed_line(struct arena *a, const char *text);

/* The first thing in text that nobody can see, as "U+200B"; NULL: all of it
   can be seen.  A space (U+0020) can. */
const char *typed_unseen(struct arena *a, const char *text);

/* Returns the text with Latin letters and digits of all kinds replaced by those
   of ASCII: full width, mathematical, circled, raised, lowered (what NFKC of
   UAX 15 makes of them), and the digits of Arabic.  Other characters stay. */
char *typed_ascii(struct arena *a, const char *text);
