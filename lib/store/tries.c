/* SPDX-License-Identifier: MIT */
#include "store/private/tries.h"

#include "store/back_off.h"

/* A transaction of a row or two takes some milliseconds on a cluster. */
static const struct back_off pauses = {.min_ms = 4, .max_ms = 200};

static int64_t
pause_after_conflict(struct tries *tries, int64_t left, int64_t usual)
{
	int64_t pause = back_off_ms(&pauses, ++tries->conflicts);

	if (tries->conflicts > 1 && usual < left)
		left = usual;
	return tries->conflicts <= TRIES_CONFLICTS && pause < left ? pause : -1;
}

int64_t
tries_pause(struct tries *tries, enum trouble trouble, int64_t left,
    int64_t usual)
{
	if (left <= 0 || trouble == TROUBLE_LASTING)
		return -1;
	if (trouble == TROUBLE_CONFLICT)
		return pause_after_conflict(tries, left, usual);
	if (trouble == TROUBLE_LOST_KEPT && usual > 0 && tries->kept++ == 0)
		return 0;
	return tries->lost++ == 0 ? 0 : -1;
}
