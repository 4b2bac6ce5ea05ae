/* SPDX-License-Identifier: MIT */
/*
 * memory - memory for objects that live longer than a request, and therefore in
 * no arena.
 */
#pragma once

#include <stddef.h>

/* n zeroed items of size bytes, for free(3).  Out of memory aborts, as in an
   arena. */
void *memory_zeroed(size_t n, size_t size);
