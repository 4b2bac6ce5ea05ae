/* SPDX-License-Identifier: MIT */
/*
 * replay_output - what `postward replay` tells, as text or as JSON.
 */
#pragma once

#include "command.h"
#include "replay_tally.h"

struct replay_told {
	const struct replay_tally *tally;
	const char *before, *after; /* what is compared */
	bool live;                  /* DNS was asked */
	bool had_lines;             /* of a log, which tells less */
};

void replay_print(struct invocation *in, const struct replay_told *told);
void replay_print_json(const struct replay_told *told);
