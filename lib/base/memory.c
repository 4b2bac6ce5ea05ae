/* SPDX-License-Identifier: MIT */
#include "base/memory.h"

#include <stdlib.h>

void *
memory_zeroed(size_t n, size_t size)
{
	void *memory = calloc(n, size);

	if (memory == NULL)
		abort();
	return memory;
}
