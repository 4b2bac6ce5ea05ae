/* SPDX-License-Identifier: MIT */
/*
 * replay_tally - counts what another configuration would have changed, by who
 * is concerned.  Pure.
 */
#pragma once

#include "policy/rejudge.h"
#include "store/decision_table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of each group so many are shown. */
#define REPLAY_EXAMPLES 3
/* More names of one kind are not told apart, but counted. */
#define REPLAY_NAMES_MAX ((size_t)30000)

enum replay_way {
	REPLAY_STRICTER, /* it would fare worse: held, put off, refused */
	REPLAY_MILDER,
	REPLAY_WAYS
};

enum replay_kind {
	REPLAY_BY_CHECK,   /* "helo_unknown", "dnsbl zen.example", "points" */
	REPLAY_BY_SENDER,  /* the sender's domain; "<>" */
	REPLAY_BY_MEMBER,  /* whose mail it is; "-": not told */
	REPLAY_BY_UNKNOWN, /* what is not known, in either way */
	REPLAY_KINDS
};

struct replay_example {
	int64_t at;                                         /* 0: not told */
	const char *sender, *recipient, *client, *queue_id; /* or NULL */
	enum decision_action before, after;
};

struct replay_group {
	struct replay_group *next;
	const char *name;
	uint64_t n;
	/* The points that decided, the least and the most; of "points". */
	int points_min, points_max;
	/* Of a check: what it had found, and how the configurations see it. */
	struct finding finding;
	/* Of what would pass: why the check is not asked any more, as the
	   client or the sender is allowed; NULL: that is not why. */
	const char *spared;
	/* REPLAY_EXAMPLES; NULL: a group of this kind has none. */
	struct replay_example *examples;
};

struct replay_groups {
	struct replay_group **slots;
	size_t n_slots, n;
	uint64_t more; /* of further names */
};

struct replay_tally {
	struct arena *arena;
	uint64_t decisions, lines, unreadable, unknown;
	uint64_t from_to[4][4]; /* by enum decision_action, before and after */
	struct replay_groups groups[REPLAY_WAYS][REPLAY_KINDS];
};

/* Everything lives in the arena. */
struct replay_tally *replay_tally_new(struct arena *a);

/* One decision, as it was and as it would be. */
struct replay_case {
	const struct decision *decision;
	const char *account; /* NULL: not told */
	int64_t at;          /* 0: not told */
	struct rejudged before, after;
};

void replay_tally_add(struct replay_tally *t, const struct replay_case *c);

/* Those of one kind, the most first. */
struct replay_group **replay_groups_sorted(struct arena *a,
    const struct replay_groups *groups);

/* How many went from anything to something stricter, or milder. */
uint64_t replay_changed(const struct replay_tally *t, enum replay_way way);

/* What became of it. */
enum decision_action replay_action(const struct rejudged *r);
