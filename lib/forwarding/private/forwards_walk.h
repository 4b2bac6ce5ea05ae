/* SPDX-License-Identifier: MIT */
/*
 * forwards_walk - from an address of ours to its final targets, account by
 * account.  Seen by lib/forwarding only.
 *
 * The walk goes breadth first: near targets are found before the limits stop
 * it, and each account is visited once, on the shortest way.
 */
#pragma once

#include "forwarding/private/source.h"

/* A walk visits at most so many accounts. */
#define FORWARDS_ACCOUNTS_MAX 50

struct forwards_stop {
	const char *account;
	const char *source; /* the last that knows it: that of the targets, if
			       there are any */
	const char *const *targets;
	size_t n;
	int64_t failing;      /* as source.h has it */
	const char *strategy; /* of the account; NULL: has chosen none */
	const char *rules;    /* the same of senders (sender_rules.h) */
	const char *choices;  /* the same of checks (account_choices.h) */
	const struct forwards_stop *from; /* the stop before; NULL: the walk
					     begins here */
	unsigned distance;
};

/* The caller sets the fields up to every_state and zeroes the rest. */
struct forwards_walk {
	struct db *db;
	struct arena *arena;
	const struct forwards_settings *settings;
	/* The sources to ask about each address, in this order, ended by NULL.
	   The first that knows targets counts. */
	const struct source *const *sources;
	const struct source_answer *answers; /* of sources outside the store */
	bool every_state; /* as if all forwards and accounts were active */

	/* The questions that this walk has for sources outside the store.  If
	   there are any, the stops and finals below are incomplete: ask, and
	   walk again with the answers. */
	struct source_answer *questions;

	struct forwards_stop stops[FORWARDS_ACCOUNTS_MAX];
	size_t n_stops;
	const char *finals[FORWARDS_FINAL_MAX];
	const char *holders[FORWARDS_FINAL_MAX]; /* the accounts that forward to
						    them */
	size_t n_finals;
	/* Since when the last account on the way has no target any more because
	   all of its targets fail; 0: there is none such. */
	int64_t failing;
	const char *note;
	/* NULL, or why a forward that leads this way must be refused: the way
	   comes back to where it began, or is too long. */
	const char *refusal;
};

/* Finds the first stop, if the walk has no questions.  RC_NONE: nobody has that
   address. */
enum rc forwards_walk_begin(struct forwards_walk *w,
    const struct address *address, struct err *err);

/* Walks the rest of the way, from the first stop to all finals. */
enum rc forwards_walk_on(struct forwards_walk *w, struct err *err);
