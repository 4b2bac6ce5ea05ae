/* SPDX-License-Identifier: MIT */
#include "net/handlers.h"

#include "base/memory.h"
#include "net/private/stillness.h"

#include <stdatomic.h>
#include <stdlib.h>

struct handlers {
	atomic_uint begun, ended; /* so many, up to now */
	struct stillness still;
};

struct handlers *
handlers_new(void)
{
	struct handlers *h = memory_zeroed(1, sizeof(*h));

	atomic_init(&h->begun, 0);
	atomic_init(&h->ended, 0);
	return h;
}

void
handlers_free(struct handlers *h)
{
	free(h);
}

void
handlers_begin(struct handlers *h)
{
	atomic_fetch_add(&h->begun, 1);
}

void
handlers_end(struct handlers *h)
{
	atomic_fetch_add(&h->ended, 1);
}

bool
handlers_are_alive(struct handlers *h, int64_t patience_ms)
{
	unsigned ended = atomic_load(&h->ended);

	return !stillness_lasts(&h->still, ended,
	    atomic_load(&h->begun) != ended, patience_ms);
}
