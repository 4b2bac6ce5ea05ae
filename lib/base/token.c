/* SPDX-License-Identifier: MIT */
#include "base/token.h"

#include <stdint.h>
#include <string.h>
#include <sys/random.h>

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

enum rc
token_make(struct arena *a, char **out, struct err *err)
{
	uint8_t bytes[TOKEN_LEN];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return err_set(err, RC_TEMP, "no random bytes");
	*out = arena_take(a, TOKEN_LEN + 1);
	for (size_t i = 0; i < TOKEN_LEN; i++)
		(*out)[i] = digits[bytes[i] % 32];
	return RC_OK;
}

/* '\0': no digit. */
static char
read_digit(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		return '0';
	if (c == 'I' || c == 'L')
		return '1';
	return strchr(digits, c) != NULL ? c : '\0';
}

char *
token_read(struct arena *a, const char *typed)
{
	char *token = arena_take(a, TOKEN_LEN + 1);
	size_t n = 0;

	for (; *typed != '\0'; typed++) {
		if (strchr("- \t", *typed) != NULL)
			continue;
		if (n == TOKEN_LEN)
			return NULL;
		token[n] = read_digit(*typed);
		if (token[n++] == '\0')
			return NULL;
	}
	return n == TOKEN_LEN ? token : NULL;
}
