/* SPDX-License-Identifier: MIT */
/*
 * metric - figures about this process, as Prometheus reads them (its text
 * format, version 0.0.4).
 *
 * A family is a table of the program: its names and labels are constants, so
 * that nothing from outside ever becomes a label.  Counting costs one atomic
 * addition, on a cache line that few other threads use.
 */
#pragma once

#include "base/str.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define METRIC_SHARDS 8

struct metric_cell {
	struct {
		_Alignas(64) atomic_uint_least64_t n;
	} shards[METRIC_SHARDS];
};

enum metric_type {
	METRIC_COUNTER,
	METRIC_GAUGE
};

/* One cell for each label; labels is NULL if it is one without. */
struct metric_family {
	const char *name, *help;
	enum metric_type type;
	size_t n;
	const char *const *labels; /* such as "result=\"hit\"" */
	struct metric_cell *cells;
};

void metric_add(struct metric_family *f, size_t cell, int64_t n);
int64_t metric_value(const struct metric_family *f, size_t cell);

/* How long something took, in buckets from 100 µs to 10 s. */
#define METRIC_BUCKETS 16

struct metric_times {
	const char *name, *help;
	struct metric_cell buckets[METRIC_BUCKETS + 1], microseconds;
};

void metric_time(struct metric_times *t, int64_t microseconds);

/* Adds the family, or the times, to a page for Prometheus. */
void metric_show(struct str *page, const struct metric_family *f);
void metric_show_times(struct str *page, const struct metric_times *t);
/* A gauge that is only known when it is asked for: its head, then a line for
   each value.  label is NULL, or a constant with a value that is shown as
   Prometheus quotes it. */
void metric_show_head(struct str *page, const char *name, const char *help);
void metric_show_gauge(struct str *page, const char *name, const char *label,
    const char *value, int64_t n);
