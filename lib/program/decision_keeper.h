/* SPDX-License-Identifier: MIT */
/*
 * decision_keeper - what was decided about mail to accounts of ours goes into
 * the store, for `postward trace`, `postward replay` and the member's page.
 *
 * Whoever decides only hands the decision over: it waits in memory, and a
 * thread of its own writes what has come, in small batches, at most 100 rows a
 * second.  Nobody waits for the store.  What there is no room for is
 * lost and counted: when more comes than is written, when 24 hours have had
 * `per_day` rows already, when the store does not take them for ten seconds.
 *
 * What of 24 hours is in the store already is asked there, at the start and
 * once a minute; in between, each program counts its own.  Two that begin at
 * the same moment can go beyond per_day by what they keep in a minute; the
 * mailer removes that.
 */
#pragma once

#include "base/metric.h"
#include "policy/decision.h"

struct decision_keeper;
struct snapshots;
struct snapshot;

/* Made and freed with the snapshots, all of which have it.  Until it is started
   it keeps nothing. */
struct decision_keeper *decision_keeper_new(void);
void decision_keeper_free(struct decision_keeper *keeper);

/* Starts the thread, which writes into the store of the present snapshot.
   RC_TEMP: there can be no more threads. */
enum rc decision_keeper_start(struct decision_keeper *keeper,
    struct snapshots *snapshots, struct err *err);
/* There are other settings: the thread looks what they let it keep. */
void decision_keeper_look(struct decision_keeper *keeper);
/* Has what waits written, for three seconds at most, and ends the thread; what
   is left is lost, and the log has how much.  False: the thread still runs, and
   uses what it was given. */
bool decision_keeper_stop(struct decision_keeper *keeper);

/* Keeps the decision, a row for each of the n accounts, if the snapshot's
   settings want it and it has a keeper.  Never waits.  The arena is for what is
   made on the way. */
void decision_keep(const struct snapshot *snapshot, struct arena *a,
    const struct decision *d, const char *const *accounts, size_t n);

/* Cells of decisions_lost. */
enum {
	DECISIONS_LOST_QUEUE, /* too many waited */
	DECISIONS_LOST_DAY,   /* 24 hours had per_day of them */
	DECISIONS_LOST_STORE, /* the store did not take them */
	DECISIONS_LOST_LONG   /* the record is longer than is kept */
};

extern struct metric_family decisions_kept, decisions_lost;

/* Adds how many rows wait, for `more` of struct metrics_program. */
void decision_keeper_metrics(struct str *page, const struct snapshot *snapshot);
