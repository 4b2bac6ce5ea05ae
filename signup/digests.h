/* SPDX-License-Identifier: MIT */
/*
 * digests - the letter that a member may have once a week: what did not get
 * through.
 */
#pragma once

#include "program/snapshot.h"

/* Puts the letters that are due into the outbox, each once, whichever program
   comes first; of a week in which nothing was refused there is none. */
enum rc digests_send(struct snapshot *snapshot, int64_t now, struct err *err);
