/* SPDX-License-Identifier: MIT */
#include "net/netstring.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LEN_MAX 10000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
hold(int claim)
{
	if (!claim)
		abort();
}

/* What was read is what would have been written, and was not there before
   its last byte. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data, *text, *again;
	size_t whole, text_len, len;
	struct arena *a;

	if (netstring_read(bytes, size, LEN_MAX, &whole, &text, &text_len,
		NULL) != RC_OK)
		return 0;
	hold(whole <= size && text_len <= LEN_MAX && text > bytes &&
	     text + text_len + 1 == bytes + whole);
	hold(netstring_read(bytes, whole - 1, LEN_MAX, &len, &again, &len,
		 NULL) == RC_NONE);
	if (memchr(text, '\0', text_len) != NULL)
		return 0;
	a = arena_new();
	again = netstring_make(a, arena_copy_bytes(a, text, text_len), &len);
	hold(len == whole && memcmp(again, bytes, len) == 0);
	arena_free(a);
	return 0;
}
