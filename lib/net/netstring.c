/* SPDX-License-Identifier: MIT */
#include "net/netstring.h"

#include <stdbool.h>
#include <string.h>

static bool
is_netstring_digit(char c)
{
	return c >= '0' && c <= '9';
}

enum rc
netstring_read(const char *bytes, size_t len, size_t most, size_t *whole,
    const char **text, size_t *text_len, struct err *err)
{
	size_t i = 0, n = 0;

	for (; i < len && is_netstring_digit(bytes[i]); i++) {
		if (i == 1 && n == 0)
			return err_set(err, RC_PERM,
			    "a netstring's length begins with 0");
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, bytes[i] - '0', &n) || n > most)
			return err_set(err, RC_PERM,
			    "a netstring is longer than %zu bytes", most);
	}
	if (i == len)
		return RC_NONE;
	if (i == 0 || bytes[i] != ':')
		return err_set(err, RC_PERM, "not a netstring");
	i++;
	if (len - i <= n) /* the comma has not come either */
		return RC_NONE;
	if (bytes[i + n] != ',')
		return err_set(err, RC_PERM, "a netstring has no comma");
	*text = bytes + i;
	*text_len = n;
	*whole = i + n + 1;
	return RC_OK;
}

char *
netstring_make(struct arena *a, const char *text, size_t *len)
{
	char *made = arena_printf(a, "%zu:%s,", strlen(text), text);

	*len = strlen(made);
	return made;
}
