/* SPDX-License-Identifier: MIT */
/*
 * waiting - a thread says that it waits for somebody outside: DNS, the store,
 * a client.  Whoever shares out work among threads lets another one work in
 * the meantime; where nobody does, it is said to no effect.
 */
#pragma once

struct waiting {
	void (*begin)(void *context), (*end)(void *context);
	void *context;
	unsigned depth;
};

/* From now on, begin and end are called when the calling thread begins and
   ends to wait; NULL: nobody is told any more.  It is kept, not copied. */
void waiting_tell(struct waiting *waiting);

/* Around what waits.  They nest: only the outermost is told. */
void waiting_begin(void);
void waiting_end(void);
