/* SPDX-License-Identifier: MIT */
/*
 * target_step - the transactions of a round (targets_round.h): each reads its
 * rows anew, as another program may have been faster.  Seen by lib/targets
 * only.
 *
 * RC_NONE from each of them: there was nothing to do any more.
 */
#pragma once

#include "targets/targets_round.h"

struct target_step {
	const struct targets_round *round;
	const struct target_failure *failure; /* for target_step_decide_tx */
	struct target_health health; /* which one; then as it was written */
	bool happened;
	bool held_back; /* it was not paused: too many were in a day */
	enum targets_event event; /* what has happened */
};

/* Too many failures: the target is paused, or suspected. */
enum rc target_step_decide_tx(struct db *db, void *step, struct err *err);

/* A probe came back, of a target that gets mail: it is paused. */
enum rc target_step_refute_tx(struct db *db, void *step, struct err *err);

/* The job of a target is due, and its lease is held: a probe is sent, or looked
   at. */
enum rc target_step_job_tx(struct db *db, void *step, struct err *err);

/* Tells the administrator which targets were paused the day before, once a
   day. */
enum rc target_step_digest_tx(struct db *db, void *step, struct err *err);
