/* SPDX-License-Identifier: MIT */
/*
 * replay_undo - the lines of postward.conf with which a group would fare as it
 * did.  Pure.
 */
#pragma once

#include "replay_tally.h"

/* In the arena, lines ended by '\n'; NULL: no line of the configuration does
   that.  Names of lists are those that everybody may see (list_name.h). */
const char *replay_undo(struct arena *a, const struct replay_group *group,
    enum replay_way way, enum replay_kind kind);
