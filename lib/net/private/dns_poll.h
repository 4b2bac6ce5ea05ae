/* SPDX-License-Identifier: MIT */
/*
 * dns_poll - waits for several channels of c-ares at once.  Internal to
 * dns_cares.c, which is to include it before anything of c-ares.
 */
#pragma once

#include "net/private/dns_channels.h"

#include <poll.h>
#include <stdatomic.h>

/* How quickly answers have come of late.  A resolver beside us answers within
   so short a time that it is not worth while to start another thread. */
struct dns_pace {
	atomic_uint doubts; /* so many waits are announced at once */
};

struct dns_poll {
	struct dns_pace *pace;
	bool announced; /* by blocking_begin */
	struct arena *arena;
	struct pollfd *fds; /* the first one is not a channel's */
	ares_channel *owners;
	size_t n, room;
	int64_t ms; /* until a channel has to act */
};

/* To be called before each wait; zeroed before the first.  wake: a descriptor,
   or -1. */
void dns_poll_begin(struct dns_poll *p, struct arena *a, int wake, int64_t ms);
/* The channel may be NULL. */
void dns_poll_add(struct dns_poll *p, ares_channel channel);

/* To be called when nothing more is waited for. */
void dns_poll_end(struct dns_poll *p);

/* Waits until something comes in, a channel has to act, or ms are over, and has
   the channels read what came.  A wait that is not short is announced with
   blocking_begin (blocking.h).  True: wake is readable. */
bool dns_poll_wait(struct dns_poll *p);
