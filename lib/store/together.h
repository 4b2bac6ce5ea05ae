/* SPDX-License-Identifier: MIT */
/*
 * together - small writes of several threads, done in one transaction: whoever
 * comes while another one writes waits for the next turn, in which one of those
 * who wait writes for all.  So many writes cost as few flushes of a disk as
 * there are turns, and no two threads of a process wait for the same lock of a
 * file.
 *
 * All writes of a turn are done or none: what is temporarily wrong with one is
 * with all.
 */
#pragma once

#include "store/db.h"

struct together;

struct together *together_new(void);
void together_free(struct together *t);

/* As store_add, which the work may share with others; it waits for its turn for
   so many milliseconds at most (RC_TEMP), and then for the store as long as
   whoever writes has time (store_set_deadline).  RC_NONE and RC_PERM are the
   work's own, and undo nothing. */
enum rc together_add(struct together *t, struct store *store, store_work *work,
    void *context, int64_t wait_ms, struct err *err);
