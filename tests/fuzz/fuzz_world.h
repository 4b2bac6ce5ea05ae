/* SPDX-License-Identifier: MIT */
/*
 * fuzz_world - settings, store, checks and DNS (a small zone) for the targets
 * that run a whole program but its sockets.  There is one world, given by
 * snapshots_acquire whatever it is asked; its clock stands still.
 */
#pragma once

#include "program/snapshot.h"

#include <stdbool.h>

/* Before anybody asks for it; the first call does it. */
void fuzz_world_open(void);

/* Aborts unless it is so. */
void fuzz_must(bool so);
