/* SPDX-License-Identifier: MIT */
#include "base/encode.h"

#include <stdint.h>
#include <string.h>

static const char base64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Each digit stands for so many bits; the last one is filled up with zeros. */
static char *
encode_bits(struct arena *a, const void *bytes, size_t len, unsigned bits,
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
	return encode_bits(a, bytes, len, 6,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

char *
encode_base64(struct arena *a, const void *bytes, size_t len)
{
	return encode_bits(a, bytes, len, 6, base64);
}

char *
encode_base64_padded(struct arena *a, const void *bytes, size_t len)
{
	static const char *const padding[] = {"", "==", "="};

	return arena_printf(a, "%s%s", encode_base64(a, bytes, len),
	    padding[len % 3]);
}

char *
encode_base32hex(struct arena *a, const void *bytes, size_t len)
{
	return encode_bits(a, bytes, len, 5,
	    "0123456789ABCDEFGHIJKLMNOPQRSTUV");
}

/* The digits of a text whose '=' at the end, at most two, were counted. */
static bool
decode_base64_digits(const char *text, size_t n, char *out)
{
	unsigned held = 0, n_held = 0;

	for (size_t i = 0; i < n; i++) {
		const char *digit = strchr(base64, text[i]);

		if (digit == NULL)
			return false;
		held = (held << 6 | (unsigned)(digit - base64)) & 0xffff;
		n_held += 6;
		if (n_held >= 8) {
			n_held -= 8;
			*out++ = (char)(held >> n_held);
		}
	}
	return (held & ((1u << n_held) - 1)) == 0;
}

bool
encode_read_base64(struct arena *a, const char *text, char **out, size_t *len)
{
	size_t n = strlen(text), padding = 0;

	if (n % 4 != 0)
		return false;
	while (padding < 2 && padding < n && text[n - 1 - padding] == '=')
		padding++;
	*len = n / 4 * 3 - padding;
	*out = arena_take(a, *len + 1);
	return decode_base64_digits(text, n - padding, *out);
}
