/* SPDX-License-Identifier: MIT */
/*
 * unicode - which characters a reader can see, and which only change how
 * their neighbours look or do nothing at all (UTS 36 3, UTS 39 5.4,
 * RFC 8264 4.2).  Pure; of Unicode 14.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum unicode_kind {
	UNICODE_SEEN,    /* it has a shape of its own; and U+0020 */
	UNICODE_MARK,    /* drawn onto the one before it: Mn, Me */
	UNICODE_BLANK,   /* looks like a space, and is none: Zs, Zl, Zp */
	UNICODE_JOINER,  /* U+200C, U+200D, variation selectors: not seen, but
			    Persian, Hindi and emoji are written with them */
	UNICODE_HIDDEN,  /* Cf and Default_Ignorable: bidirectional controls,
			    zero width, soft hyphen, byte order mark, tags */
	UNICODE_CONTROL, /* C0, DEL, C1 */
	UNICODE_NONE,    /* for private use, or no character for ever */
};

enum unicode_kind unicode_kind(uint32_t c);

/* True for SEEN and MARK: a reader can tell that the character is there, and
   where. */
bool unicode_is_seen(uint32_t c);

/* So many marks may stand on one character; more of them are drawn over the
   lines above (UTS 39 5.4). */
#define UNICODE_MARKS_MAX 4

/* The character whose well-formed UTF-8 is the size bytes at p (str_utf8). */
uint32_t unicode_read(const char *p, size_t size);

/* Bytes at the beginning of text that are a byte order mark (RFC 3629 6),
   which editors write and nobody sees: 3 or 0. */
size_t unicode_bom(const char *text, size_t len);

/* Does it begin with the mark of UTF-16 or UTF-32 (RFC 2781 3.2), which editors
   of Windows call "Unicode"?  No UTF-8 does. */
bool unicode_is_wide(const char *text, size_t len);
