/* SPDX-License-Identifier: MIT */
/*
 * tries - is a step of the store that has failed done once more, and after
 * which pause?  Pure, but for the jitter.  Seen by lib/store only.
 *
 * Each kind of trouble has tries of its own: who was sent back by another
 * writer may still find that the server is gone.  A lost connection takes one
 * more try, at the next host.  That of a connection which had been kept is not
 * counted, once: it may have been dead since long ago.  After a conflict the
 * pauses grow, as others go on writing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* So often a step is tried again after conflicts. */
#define TRIES_CONFLICTS 6

enum trouble {
	TROUBLE_LASTING, /* another try would not help */
	TROUBLE_LOST,
	TROUBLE_LOST_KEPT,
	TROUBLE_CONFLICT
};

/* Of one step; all zero at first. */
struct tries {
	int64_t lost, kept, conflicts;
};

/* Returns the milliseconds to wait before the next try, or -1: there is none.
   left: milliseconds until the deadline of the thread.  usual: those of the
   time that steps should take; only one try for each kind of trouble may begin
   after it. */
int64_t tries_pause(struct tries *tries, enum trouble trouble, int64_t left,
    int64_t usual);
