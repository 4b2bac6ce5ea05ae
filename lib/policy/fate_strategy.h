/* SPDX-License-Identifier: MIT */
/*
 * fate_strategy - what members have chosen for mail to them that the next host
 * may not take, in place of what the section forwarding of postward.conf says.
 * Pure.
 *
 * Recipients of one message may have chosen differently, and it has one fate:
 * their strategies are a set, a bit for each.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>

enum strategy {
	STRATEGY_DEFAULT, /* what is configured */
	STRATEGY_KEEP,    /* send it on, at the member's own risk */
	STRATEGY_HOLD,
	STRATEGY_REJECT,
	STRATEGY_REWRITE, /* with another From */
};

#define STRATEGIES (STRATEGY_REWRITE + 1)

/* "default", "keep", "hold", "reject", "rewrite" */
const char *strategy_name(enum strategy strategy);
bool strategy_read(const char *word, enum strategy *out);

/* Adds a word; NULL, or one that nobody knows, is "default". */
void strategies_add(unsigned *set, const char *word);

/* A set as the facts of a message have it: "default keep"; NULL: nobody has
   chosen anything. */
const char *strategies_text(struct arena *a, unsigned set);
unsigned strategies_read(struct arena *a, const char *text);
