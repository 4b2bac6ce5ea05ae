/* SPDX-License-Identifier: MIT */
#include "base/encode.h"

#include <stdint.h>

/* Each digit stands for so many bits; the last one is filled up with zeros. */
static char *
encode(struct arena *a, const void *bytes, size_t len, unsigned bits,
    const char *digits)
{
	const uint8_t *in = bytes;
	char *text = arena_take(a, (len * 8 + bits - 1) / bits + 1);
	char *out = text;
	unsigned held = 0, n_held = 0;

	for (size_t i = 0; i < len; i++) {
		held = (held << 8 | in[i]) & 0xffff;
		for (n_held += 8; n_held >= bits; n_held -= bits)
			*out++ = digits[held >> (n_held - bits) &
					((1u << bits) - 1)];
	}
	if (n_held > 0)
		*out++ = digits[held << (bits - n_held) & ((1u << bits) - 1)];
	*out = '\0';
	return text;
}

char *
encode_base64url(struct arena *a, const void *bytes, size_t len)
{
	return encode(a, bytes, len, 6,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

char *
encode_base32hex(struct arena *a, const void *bytes, size_t len)
{
	return encode(a, bytes, len, 5, "0123456789ABCDEFGHIJKLMNOPQRSTUV");
}
