/* SPDX-License-Identifier: MIT */
#include "base/waiting.h"

#include <stddef.h>

static _Thread_local struct waiting *told;

void
waiting_tell(struct waiting *waiting)
{
	told = waiting;
}

void
waiting_begin(void)
{
	if (told != NULL && told->depth++ == 0)
		told->begin(told->context);
}

void
waiting_end(void)
{
	if (told != NULL && --told->depth == 0)
		told->end(told->context);
}
