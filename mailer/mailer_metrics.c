/* SPDX-License-Identifier: MIT */
#include "mailer_metrics.h"

#include "store/domain_table.h"

#include <stdatomic.h>

static const char *const labels[] = {
    [OUTBOX_TAKEN] = "result=\"sent\"",
    [OUTBOX_LATER] = "result=\"later\"",
    [OUTBOX_REFUSED] = "result=\"failed\"",
};

#define OUTCOMES (sizeof(labels) / sizeof(*labels))

static struct metric_cell cells[OUTCOMES];

static struct metric_family mails = {
    .name = "postward_mails_total",
    .help = "Mail handed in, by what became of it.",
    .n = OUTCOMES,
    .labels = labels,
    .cells = cells,
};

static const char *const event_labels[TARGETS_EVENTS] = {
    [TARGETS_PAUSED] = "event=\"paused\"",
    [TARGETS_SUSPECTED] = "event=\"suspected\"",
    [TARGETS_PROBED] = "event=\"probed\"",
    [TARGETS_RESUMED] = "event=\"resumed\"",
};

static struct metric_cell event_cells[TARGETS_EVENTS];

static struct metric_family targets = {
    .name = "postward_target_events_total",
    .help = "What was done about targets of forwards that fail.",
    .n = TARGETS_EVENTS,
    .labels = event_labels,
    .cells = event_cells,
};

static struct metric_family *const families[] = {&mails, &targets, NULL};

struct waiting {
	int64_t n, oldest;
};

static enum rc
read_outbox_waiting(struct db *db, void *context, struct err *err)
{
	struct waiting *w = context;

	return outbox_waiting(db, &w->n, &w->oldest, err);
}

static _Atomic int64_t held_back;

void
mailer_metrics_held_back(size_t n)
{
	atomic_store(&held_back, (int64_t)n);
}

struct failing {
	int64_t suspected, paused;
};

static enum rc
read_failing_targets(struct db *db, void *context, struct err *err)
{
	struct failing *f = context;
	enum rc rc =
	    target_health_count(db, TARGET_SUSPECTED, 0, &f->suspected, err);

	return rc == RC_OK
		   ? target_health_count(db, TARGET_PAUSED, 0, &f->paused, err)
		   : rc;
}

static void
show_failing_targets(struct str *page, struct snapshot *snapshot)
{
	static const char name[] = "postward_targets_failing";
	struct failing f;

	if (store_do(snapshot->store, read_failing_targets, &f, NULL) != RC_OK)
		return;
	metric_show_head(page, name,
	    "Targets of forwards that fail, or are suspected to.");
	metric_show_gauge(page, name, "state", "suspected", f.suspected);
	metric_show_gauge(page, name, "state", "paused", f.paused);
	metric_show_head(page, "postward_targets_held_back",
	    "Targets that fail and are not paused, as too many were in a day.");
	metric_show_gauge(page, "postward_targets_held_back", NULL, NULL,
	    atomic_load(&held_back));
}

static enum rc
read_stored_domains(struct db *db, void *context, struct err *err)
{
	return stored_domain_count(db, context, err);
}

static void
show_stored_domains(struct str *page, struct snapshot *snapshot)
{
	int64_t n;

	if (store_do(snapshot->store, read_stored_domains, &n, NULL) != RC_OK)
		return;
	metric_show_head(page, "postward_stored_domains",
	    "Domains of the store that mail is forwarded for.");
	metric_show_gauge(page, "postward_stored_domains", NULL, NULL, n);
}

/* While the store is down they are left out. */
static void
show_waiting(struct str *page, struct snapshot *snapshot)
{
	struct waiting w;
	int64_t now;

	if (store_do(snapshot->store, read_outbox_waiting, &w, NULL) != RC_OK ||
	    store_now(snapshot->store, &now, NULL) != RC_OK)
		return;
	metric_show_head(page, "postward_outbox_waiting",
	    "Mail that is to be sent.");
	metric_show_gauge(page, "postward_outbox_waiting", NULL, NULL, w.n);
	metric_show_head(page, "postward_outbox_oldest_seconds",
	    "For how long the oldest of it has been waiting.");
	metric_show_gauge(page, "postward_outbox_oldest_seconds", NULL, NULL,
	    w.n == 0 ? 0 : now - w.oldest);
	show_failing_targets(page, snapshot);
	show_stored_domains(page, snapshot);
}

const struct metrics_program mailer_metrics = {
    .name = "mailer",
    .families = families,
    .more = show_waiting,
};

void
mailer_metrics_count_target(enum targets_event event)
{
	metric_add(&targets, event, 1);
}

void
mailer_metrics_count(enum outbox_outcome outcome)
{
	metric_add(&mails, outcome, 1);
}
