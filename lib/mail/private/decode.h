/* SPDX-License-Identifier: MIT */
/*
 * decode - the encodings of mail, read as tolerantly as mail programs do:
 * characters that do not belong there are skipped.  Pure.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

/* Each writes at most len bytes and a NUL; *out_len without it. */

/* RFC 2045 6.8 */
char *decode_base64(struct arena *a, const char *bytes, size_t len,
    size_t *out_len);

/* RFC 2045 6.7 */
char *decode_quoted_printable(struct arena *a, const char *bytes, size_t len,
    size_t *out_len);

/* Does Content-Transfer-Encoding, the field's value, name one of these?  Then
   it is decoded; else *out is bytes itself, and *out_len is len. */
bool decode_transfer(struct arena *a, const char *encoding, const char *bytes,
    size_t len, const char **out, size_t *out_len);

enum decoded_form {
	/* RFC 2047 2 and 5 (3): a word for all who read it, which may stand in
	   a phrase as it is. */
	DECODED_STRICT,
	DECODED_LOOSE,  /* one for some: too long, or with other characters */
	DECODED_GUESSED /* the same, and what it says depends on the reader */
};

/* An encoded word (RFC 2047 2), taken apart. */
struct decoded_word {
	enum decoded_form form;
	const char *charset; /* in lower case, without a language */
	const char *bytes;   /* decoded, in that character set */
	size_t len;
	const char *end; /* what is behind it */
};

/* False: there is none at p. */
bool decode_word_read(struct arena *a, const char *p, struct decoded_word *out);

/* A field's value with its encoded words decoded (RFC 2047), whatever their
   character set. */
char *decode_words(struct arena *a, const char *value);
