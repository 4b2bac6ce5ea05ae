/* SPDX-License-Identifier: MIT */
#include "base/blocking.h"

#include "base/blocking_watch.h"

#include <stddef.h>

static _Thread_local struct blocking *told;

void
blocking_observe(struct blocking *blocking)
{
	told = blocking;
}

void
blocking_begin(void)
{
	if (told == NULL || told->depth++ > 0)
		return;
	blocking_watch_pause();
	told->begin(told->context);
}

void
blocking_end(void)
{
	if (told == NULL || --told->depth > 0)
		return;
	told->end(told->context);
	blocking_watch_resume();
}
