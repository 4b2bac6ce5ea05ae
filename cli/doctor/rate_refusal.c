/* SPDX-License-Identifier: MIT */
#include "rate_refusal.h"

#include <stddef.h>
#include <string.h>

/* What the large receivers say, as of 2026: a code, or words. */
static const char *const signs[] = {
    "421-4.7.",    /* Gmail, on several lines */
    "421 4.7.",    /* Gmail, Yahoo, iCloud */
    "4.7.28",      /* Gmail: an unusual rate */
    "451 4.7.500", /* Outlook.com: too much at once */
    "451 4.7.650", /* Outlook.com: the address is held back */
    "4.7.652",     /* Outlook.com: too many connections */
    "rate limit",  /* others */
    "Too many messages",
    "too many connections",
};

bool
rate_refusal_is(const char *reason)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
		if (strcasestr(reason, signs[i]) != NULL)
			return true;
	return false;
}
