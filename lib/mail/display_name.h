/* SPDX-License-Identifier: MIT */
/*
 * display_name - the name of somebody before another address than his own
 * (RFC 5322 3.4): made harmless, and written as a phrase.  Pure.
 *
 * Readers see the name and no address.  A name that looks like one would speak
 * for whom it names, in a message that we sign: so an "@" becomes "at", in
 * whatever way and character set it was written, and what nobody sees or what
 * turns the order of letters around goes.
 */
#pragma once

#include "base/arena.h"

/* A phrase in ASCII, on lines far below 998 bytes, folded with "\n ", that is
   one display name to all who read it.  name: as from_field_read gives it; what
   is not UTF-8 is read as windows-1252.  Encoded words stay as they are if all
   of them are RFC 2047 to the letter, nothing in them had to be changed, and
   the name is not long; else the name is written anew, in UTF-8 and cut off if
   it is long.  A name that nobody can tell, by its character set or its bytes,
   is none.  instead: in UTF-8, if there is nothing to say in the name.  more:
   ASCII, short, behind it, such as "via remotes.club"; or NULL.  NULL: there is
   nothing to say. */
const char *display_name_phrase(struct arena *a, const char *name,
    const char *instead, const char *more);
