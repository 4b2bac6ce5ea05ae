/* SPDX-License-Identifier: MIT */
#include "store/back_off.h"

#include <stddef.h>
#include <sys/random.h>

static uint32_t
any_random(uint32_t most)
{
	uint64_t number = 0;

	/* Without random bytes the pause has no jitter, which is no reason to
	   fail. */
	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return 0;
	return (uint32_t)(number % ((uint64_t)most + 1));
}

int64_t
back_off_ms(const struct back_off *back_off, int64_t attempts)
{
	int64_t most = back_off->max_ms, wait = back_off->min_ms, jitter;

	for (int64_t i = 1; i < attempts && wait > 0 && wait < most; i++)
		wait = wait > most / 2 ? most : wait * 2;
	if (wait > most)
		wait = most;
	jitter = wait / 4 > UINT32_MAX ? UINT32_MAX : wait / 4;
	wait += (back_off->random != NULL ? back_off->random
					  : any_random)((uint32_t)jitter);
	return wait > most ? most : wait;
}
