/* SPDX-License-Identifier: MIT */
/*
 * due - when a job is due, and which of the times in the store can be right.
 *
 * A clock that was years ahead and is right again leaves times in the store
 * that are far in the future.  A time that is further ahead than any that we
 * write therefore counts as past.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct due {
	int64_t now; /* seconds since 1970, as of db_now */
	int64_t
	    next_most; /* no next try is put off by more seconds than that */
};

/* The longest lease that we write, in seconds. */
#define DUE_LEASE_MAX ((int64_t)2 * 60 * 60)

#define DUE_DAY ((int64_t)24 * 60 * 60)
/* Longer, in seconds, than any code that we make is good, and than any mail
   that we write waits; so far apart no two clocks are. */
#define DUE_CODE_MAX (7 * DUE_DAY)
#define DUE_MAIL_MAX (30 * DUE_DAY)

/* Rounds milliseconds up to whole seconds. */
static inline int64_t
due_seconds(int64_t ms)
{
	return ms / 1000 + (ms % 1000 > 0);
}

/* True: a code with that time has expired, or a clock that was far ahead made
   it, so that it would never expire. */
static inline bool
due_code_is_over(int64_t expires, int64_t now)
{
	return expires <= now || expires > now + DUE_CODE_MAX;
}
