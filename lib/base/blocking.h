/* SPDX-License-Identifier: MIT */
/*
 * blocking - a thread says that it waits for somebody outside: DNS, the store,
 * a client.  A pool of workers lets another thread work in the meantime; in a
 * thread of no pool it is said to no effect.
 */
#pragma once

struct blocking {
	void (*begin)(void *context), (*end)(void *context);
	void *context;
	unsigned depth;
};

/* From now on, begin and end are called when the calling thread begins and
   ends to block; NULL: nobody is told any more.  It is kept, not copied. */
void blocking_observe(struct blocking *blocking);

/* Around what blocks.  They nest: only the outermost is told. */
void blocking_begin(void);
void blocking_end(void);
