/* SPDX-License-Identifier: MIT */
/*
 * typed - text that a person has typed, or pasted from a mail, a page or a
 * word processor, with what came along and nobody sees.  Pure.
 */
#pragma once

#include "base/arena.h"

/* Without what stands at its two ends and cannot be seen there: spaces of all
   kinds, line ends, zero-width and control characters (unicode.h). */
char *typed_trim(struct arena *a, const char *text);

/* On one line, as it is kept and shown in a table: spaces and line ends of all
   kinds become one space between words, none at the ends; hidden characters
   are left out, but not those that scripts and emoji are written with.  NULL:
   it holds what is no text: bytes that are no UTF-8, control characters,
   characters that do not exist. */
char *typed_line(struct arena *a, const char *text);

/* The first thing in text that nobody can see, as "U+200B"; NULL: all of it
   can be seen.  A space (U+0020) can. */
const char *typed_unseen(struct arena *a, const char *text);

/* Latin letters and digits of all kinds as those of ASCII: full width,
   mathematical, circled, raised, lowered (what NFKC of UAX 15 makes of them),
   and the digits of Arabic.  All else stays. */
char *typed_ascii(struct arena *a, const char *text);
