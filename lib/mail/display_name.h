/* SPDX-License-Identifier: MIT */
/*
 * display_name - the name of somebody before another address than his own
 * (RFC 5322 3.4): made harmless, and written as a phrase.  Pure.
 *
 * Readers see the name and no address.  A name that looks like one would speak
 * for whom it names, in a message that we sign: so an "@" becomes "at", in
 * whatever way it was written, and what nobody sees or what turns the order of
 * letters around goes.
 */
#pragma once

#include "base/arena.h"

/* A phrase in ASCII, on lines far below 998 bytes, folded with "\n ".  name: as
   from_field_read gives it; what is not UTF-8 is read as Latin-1. Encoded words
   stay as they are if nothing is wrong with them, in a character set whose "@"
   is known; else the name is encoded anew, in UTF-8 and cut off if it is long.
   instead: in UTF-8, if nothing is left of it.  more: ASCII, behind it, such as
   "via remotes.club"; or NULL.  NULL: there is nothing to say. */
const char *display_name_phrase(struct arena *a, const char *name,
    const char *instead, const char *more);
