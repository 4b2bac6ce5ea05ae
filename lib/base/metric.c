/* SPDX-License-Identifier: MIT */
#include "base/metric.h"

#include <inttypes.h>

/* Upper bounds in microseconds; the last bucket has the longer times. */
static const int64_t bounds[METRIC_BUCKETS] = {100, 250, 500, 1000, 2500, 5000,
    10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000,
    10000000};

static unsigned
my_shard(void)
{
	static atomic_uint threads;
	static _Thread_local unsigned
	    mine; /* counted from 1; 0: the thread has none yet */

	if (mine == 0)
		mine = 1 + atomic_fetch_add_explicit(&threads, 1,
			       memory_order_relaxed) %
			       METRIC_SHARDS;
	return mine - 1;
}

static void
cell_add(struct metric_cell *cell, int64_t n)
{
	atomic_fetch_add_explicit(&cell->shards[my_shard()].n, (uint64_t)n,
	    memory_order_relaxed);
}

/* A gauge may be counted up in one shard and down in another: only the sum
   means something. */
static int64_t
cell_value(const struct metric_cell *cell)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < METRIC_SHARDS; i++)
		sum += atomic_load_explicit(&cell->shards[i].n,
		    memory_order_relaxed);
	return (int64_t)sum;
}

void
metric_add(struct metric_family *f, size_t cell, int64_t n)
{
	cell_add(&f->cells[cell], n);
}

int64_t
metric_value(const struct metric_family *f, size_t cell)
{
	return cell_value(&f->cells[cell]);
}

void
metric_time(struct metric_times *t, int64_t microseconds)
{
	size_t i = 0;

	while (i < METRIC_BUCKETS && microseconds > bounds[i])
		i++;
	cell_add(&t->buckets[i], 1);
	cell_add(&t->microseconds, microseconds);
}

static void
show_head(struct str *page, const char *name, const char *help,
    const char *type)
{
	str_addf(page, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void
metric_show(struct str *page, const struct metric_family *f)
{
	show_head(page, f->name, f->help,
	    f->type == METRIC_COUNTER ? "counter" : "gauge");
	for (size_t i = 0; i < f->n; i++) {
		int64_t value = metric_value(f, i);

		if (f->labels == NULL)
			str_addf(page, "%s %" PRId64 "\n", f->name, value);
		else
			str_addf(page, "%s{%s} %" PRId64 "\n", f->name,
			    f->labels[i], value);
	}
}

void
metric_show_times(struct str *page, const struct metric_times *t)
{
	int64_t count = 0;

	show_head(page, t->name, t->help, "histogram");
	for (size_t i = 0; i < METRIC_BUCKETS; i++) {
		count += cell_value(&t->buckets[i]);
		str_addf(page, "%s_bucket{le=\"%g\"} %" PRId64 "\n", t->name,
		    (double)bounds[i] / 1e6, count);
	}
	count += cell_value(&t->buckets[METRIC_BUCKETS]);
	str_addf(page, "%s_bucket{le=\"+Inf\"} %" PRId64 "\n", t->name, count);
	str_addf(page, "%s_sum %.6f\n", t->name,
	    (double)cell_value(&t->microseconds) / 1e6);
	str_addf(page, "%s_count %" PRId64 "\n", t->name, count);
}

void
metric_show_head(struct str *page, const char *name, const char *help)
{
	show_head(page, name, help, "gauge");
}

static void
add_label_value(struct str *page, const char *value)
{
	str_add(page, "\"");
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			str_add(page, "\\");
		if (*value == '\n')
			str_add(page, "\\n");
		else
			str_add_bytes(page, value, 1);
	}
	str_add(page, "\"");
}

void
metric_show_gauge(struct str *page, const char *name, const char *label,
    const char *value, int64_t n)
{
	str_add(page, name);
	if (label != NULL) {
		str_addf(page, "{%s=", label);
		add_label_value(page, value);
		str_add(page, "}");
	}
	str_addf(page, " %" PRId64 "\n", n);
}
