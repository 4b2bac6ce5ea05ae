/* SPDX-License-Identifier: MIT */
/*
 * rounds - a thread that does something from time to time: at the start, when
 * it is due, and when somebody asks for it.
 */
#pragma once

#include "base/err.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct rounds;

/* Does what is due, or all if it was asked for; returns when to do so again, in
   clock_ms.  What is found when *stop is set says nothing: all ends. */
typedef int64_t rounds_fn(void *own, bool asked, const atomic_bool *stop);

/* name: of the thread, at most 15 bytes.  RC_TEMP: there can be no more
   threads. */
enum rc rounds_open(const char *name, rounds_fn *run, void *own,
    struct rounds **out, struct err *err);

/* Has a round done now. */
void rounds_ask(struct rounds *rounds);

/* Ends it, waiting for a round only a moment.  False: one is still running, and
   uses what it was given: leave that be.  NULL has ended. */
bool rounds_close(struct rounds *rounds);

/* When a round that is due at `next` is to be, so that no time passes without
   one for longer than `longest`; not at once again, if what is due could not
   be done. */
int64_t rounds_next(int64_t next, int64_t longest);
