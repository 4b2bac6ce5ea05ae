/* SPDX-License-Identifier: MIT */
/*
 * metrics - the page that Prometheus reads, http://ADDRESS:PORT/metrics.
 *
 * A thread serves the page to a few clients of this machine.  Each program has
 * its own port, counted from the one of metrics.listen.
 */
#pragma once

#include "base/metric.h"
#include "program/snapshot.h"

struct metrics;

struct metrics_program {
	const char *name; /* "policyd" */
	/* NULL, or the families that only this program has, ended by NULL. */
	struct metric_family *const *families;
	/* NULL, or a function that adds figures which are only known when the
	   page is asked for. */
	void (*more)(struct str *page, struct snapshot *snapshot);
};

/* Serves the page at the place that the present snapshot's settings name.  *m
   is NULL before the first call, and while the settings name no place.  On an
   error the page stays where it was; RC_PERM and RC_TEMP are those of
   listen_open. */
enum rc metrics_change(const struct metrics_program *program,
    struct snapshots *snapshots, struct metrics **m, struct err *err);
void metrics_close(struct metrics *m);

/* Returns the text of the page, in the arena. */
const char *metrics_page(const struct metrics_program *program,
    struct snapshot *snapshot, struct arena *a);

/* Adds the health of the lists; for `more` of programs that ask lists. */
void metrics_lists(struct str *page, struct snapshot *snapshot);

/* How long each request took.  session.c counts it; programs whose requests do
   not pass there count it themselves. */
extern struct metric_times metrics_requests;
