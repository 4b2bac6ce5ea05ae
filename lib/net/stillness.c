/* SPDX-License-Identifier: MIT */
#include "net/private/stillness.h"

#include "base/clock.h"

bool
stillness_lasts(struct stillness *s, unsigned done, bool is_wanted,
    int64_t patience_ms)
{
	int64_t now = clock_ms();

	if (!is_wanted || done != s->done || s->since == 0)
		*s = (struct stillness){done, now};
	return now - s->since > patience_ms;
}
