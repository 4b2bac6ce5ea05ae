/* SPDX-License-Identifier: MIT */
#include "forwarding/dot_forward.h"

#include "mail/address.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A target is an address, whatever stands in the file. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct dot_forward got =
	    dot_forward_parse(a, (const char *)data, size, "remotes.club");
	struct address address;

	for (size_t i = 0; i < got.n; i++)
		if (address_read(a, got.targets[i], &address, NULL) != RC_OK)
			abort();
	arena_free(a);
	return 0;
}
