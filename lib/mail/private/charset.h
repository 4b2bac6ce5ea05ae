/* SPDX-License-Identifier: MIT */
/*
 * charset - the character sets that mail is written in (RFC 2045 2.2), as
 * UTF-8. Each is read as mail programs and browsers read it, which is more than
 * its name says: iso-8859-1 is windows-1252, gb2312 is gb18030.  Through
 * iconv(3): nothing but its own tables is read.
 */
#pragma once

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* Adds to out the text of the bytes, controls and NUL among it.  charset: in
   lower case.  False, and out is as it was: the character set is not one of
   those that are read here, or the bytes are no text in it, to their end. */
bool charset_read(struct str *out, const char *charset, const char *bytes,
    size_t len);

/* Is it UTF-8 by this name? */
bool charset_is_utf8(const char *charset);

/* Well-formed UTF-8, all of it? */
bool charset_is_utf8_text(const char *bytes, size_t len);
