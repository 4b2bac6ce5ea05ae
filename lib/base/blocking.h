/* SPDX-License-Identifier: MIT */
/*
 * blocking - a thread says that it waits for somebody outside: DNS, the store,
 * a client.  A pool of workers lets another thread work in the meantime.  In a
 * thread that belongs to no pool these calls have no effect.
 */
#pragma once

struct blocking {
	void (*begin)(void *context), (*end)(void *context);
	void *context;
	unsigned depth;
};

/* From now on, begin and end are called when the calling thread begins and
   ends to block; NULL: these calls end.  The struct is kept, not copied. */
void blocking_observe(struct blocking *blocking);

/* To be called around code that blocks.  Pairs may nest: only the outermost
   pair counts. */
void blocking_begin(void);
void blocking_end(void);
