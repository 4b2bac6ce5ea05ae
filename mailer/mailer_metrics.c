/* SPDX-License-Identifier: MIT */
#include "mailer_metrics.h"

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

static struct metric_family *const families[] = {&mails, NULL};

struct waiting {
	int64_t n, oldest;
};

static enum rc
read_outbox_waiting(struct db *db, void *context, struct err *err)
{
	struct waiting *w = context;

	return outbox_waiting(db, &w->n, &w->oldest, err);
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
}

const struct metrics_program mailer_metrics = {
    .name = "mailer",
    .families = families,
    .more = show_waiting,
};

void
mailer_metrics_count(enum outbox_outcome outcome)
{
	metric_add(&mails, outcome, 1);
}
