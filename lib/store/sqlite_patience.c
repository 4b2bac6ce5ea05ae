/* SPDX-License-Identifier: MIT */
#include "store/private/sqlite_patience.h"

#include "base/blocking.h"

#include <stddef.h>
#include <unistd.h>

int
sqlite_patience_wait(void *patience, int tries)
{
	static const unsigned char waits_ms[] = {
	    1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100};
	struct sqlite_patience *p = patience;
	size_t last = sizeof(waits_ms) - 1;
	int64_t ms = waits_ms[(size_t)tries < last ? (size_t)tries : last];

	if (tries == 0)
		p->waited_ms = 0;
	if (ms > p->most_ms - p->waited_ms)
		ms = p->most_ms - p->waited_ms;
	if (ms <= 0)
		return 0;
	blocking_begin();
	usleep((useconds_t)ms * 1000);
	blocking_end();
	p->waited_ms += ms;
	return 1;
}
