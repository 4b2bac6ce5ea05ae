/* SPDX-License-Identifier: MIT */
/*
 * sqlite_patience - waits for a lock of SQLite that somebody else holds, and
 * says so (base/blocking.h).  Reading waits for nobody else, so that nothing
 * else of SQLite has to.
 */
#pragma once

#include <stdint.h>

struct sqlite_patience {
	int64_t most_ms, waited_ms; /* for one lock */
};

/* A busy handler: returns 0 when it has waited for most_ms. */
int sqlite_patience_wait(void *patience, int tries);
