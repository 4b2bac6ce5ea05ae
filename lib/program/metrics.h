/* SPDX-License-Identifier: MIT */
/*
 * metrics - the page that Prometheus reads, http://ADDRESS:PORT/metrics.
 *
 * One thread of its own, for a few clients of this machine.  Each program has
 * its own port, counted from the one of metrics.listen.
 */
#pragma once

#include "base/metric.h"
#include "program/snapshot.h"

struct metrics;

struct metrics_program {
	const char *name; /* "policyd" */
	/* NULL, or what it counts beyond what all do, ended by NULL. */
	struct metric_family *const *families;
	/* NULL, or what is only known when it is asked for. */
	void (*more)(struct str *page, struct snapshot *snapshot);
};

/* Listens where the present snapshot's settings say: *m is NULL before the
   first time, and while there is no such place.  On an error the page stays
   where it was; RC_PERM, RC_TEMP: as listen_open. */
enum rc metrics_change(const struct metrics_program *program,
    struct snapshots *snapshots, struct metrics **m, struct err *err);
void metrics_close(struct metrics *m);

/* The page itself. */
const char *metrics_page(const struct metrics_program *program,
    struct snapshot *snapshot, struct arena *a);

/* The health of the lists, for `more` of who asks them. */
void metrics_lists(struct str *page, struct snapshot *snapshot);

/* How long each request took; counted by session.c, and by programs that have
   a way of their own. */
extern struct metric_times metrics_requests;
