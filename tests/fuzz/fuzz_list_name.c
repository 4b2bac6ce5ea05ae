/* SPDX-License-Identifier: MIT */
#include "policy/list_name.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A list's own words: the key is never left in them. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dns_list lists[] = {
	    {.zone = "abcdefkey.zen.dq.example", .name = "zen.dq.example"},
	    {.zone = "k1y2.paid.example", .name = "paid", .keyed = true}};
	struct arena *a = arena_new();
	const char *text = arena_copy_bytes(a, (const char *)data, size);
	const char *said = list_name_scrub(a, lists, 2, text);

	if (strcasestr(said, "abcdefkey") != NULL ||
	    strcasestr(said, "k1y2") != NULL)
		abort();
	list_name_of_zone(a, text);
	arena_free(a);
	return 0;
}
