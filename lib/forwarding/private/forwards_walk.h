/* SPDX-License-Identifier: MIT */
/*
 * forwards_walk - from an address of ours to its final targets, account by
 * account.  Seen by lib/forwarding only.
 *
 * Breadth first: what is near is found before the limits stop the walk, and
 * each account is visited once, on the shortest way.
 */
#pragma once

#include "forwarding/private/source.h"

/* In all, next to one another or in a row. */
#define FORWARDS_ACCOUNTS_MAX 50

struct forwards_stop {
	const char *account;
	const char *const *targets;
	size_t n;
	const struct forwards_stop *from; /* NULL: here the walk begins */
	unsigned distance;
};

/* Starts with those before stops set, the rest zeroed. */
struct forwards_walk {
	struct db *db;
	struct arena *arena;
	const struct forwards_settings *settings;
	/* Whom to ask, in this order, ended by NULL: the first that knows
	   targets of an address. */
	const struct source *const *sources;
	const struct source_answer *answers; /* of those outside the store */
	bool every_state; /* as if all forwards and accounts were active */

	/* What those outside are to be asked, before a walk with their answers
	   finds the rest: all else here is not the whole then. */
	struct source_answer *questions;

	struct forwards_stop stops[FORWARDS_ACCOUNTS_MAX];
	size_t n_stops;
	const char *finals[FORWARDS_FINAL_MAX];
	size_t n_finals;
	const char *note;
	/* NULL, or why nobody should be led this way: it comes back to where
	   it began, or is too long. */
	const char *refusal;
};

/* The first stop, if there are no questions.  RC_NONE: nobody has that
   address. */
enum rc forwards_walk_begin(struct forwards_walk *w,
    const struct address *address, struct err *err);

/* The rest of the way, from the first stop to all finals. */
enum rc forwards_walk_on(struct forwards_walk *w, struct err *err);
