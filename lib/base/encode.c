/* SPDX-License-Identifier: MIT */
#include "base/encode.h"

#include <stdint.h>
#include <string.h>

static const char base64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Each digit stands for so many bits; zeros fill the last one up. */
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

/* What each digit stands for, and one more: 0 is none. */
static const unsigned char base64_values[256] = {['A'] = 1,
    ['B'] = 2,
    ['C'] = 3,
    ['D'] = 4,
    ['E'] = 5,
    ['F'] = 6,
    ['G'] = 7,
    ['H'] = 8,
    ['I'] = 9,
    ['J'] = 10,
    ['K'] = 11,
    ['L'] = 12,
    ['M'] = 13,
    ['N'] = 14,
    ['O'] = 15,
    ['P'] = 16,
    ['Q'] = 17,
    ['R'] = 18,
    ['S'] = 19,
    ['T'] = 20,
    ['U'] = 21,
    ['V'] = 22,
    ['W'] = 23,
    ['X'] = 24,
    ['Y'] = 25,
    ['Z'] = 26,
    ['a'] = 27,
    ['b'] = 28,
    ['c'] = 29,
    ['d'] = 30,
    ['e'] = 31,
    ['f'] = 32,
    ['g'] = 33,
    ['h'] = 34,
    ['i'] = 35,
    ['j'] = 36,
    ['k'] = 37,
    ['l'] = 38,
    ['m'] = 39,
    ['n'] = 40,
    ['o'] = 41,
    ['p'] = 42,
    ['q'] = 43,
    ['r'] = 44,
    ['s'] = 45,
    ['t'] = 46,
    ['u'] = 47,
    ['v'] = 48,
    ['w'] = 49,
    ['x'] = 50,
    ['y'] = 51,
    ['z'] = 52,
    ['0'] = 53,
    ['1'] = 54,
    ['2'] = 55,
    ['3'] = 56,
    ['4'] = 57,
    ['5'] = 58,
    ['6'] = 59,
    ['7'] = 60,
    ['8'] = 61,
    ['9'] = 62,
    ['+'] = 63,
    ['/'] = 64};

/* The digits of a text whose '=' at the end, at most two, were counted. */
static bool
decode_base64_digits(const char *text, size_t n, char *out)
{
	unsigned held = 0, n_held = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned value = base64_values[(unsigned char)text[i]];

		if (value == 0)
			return false;
		held = (held << 6 | (value - 1)) & 0xffff;
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
