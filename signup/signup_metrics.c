/* SPDX-License-Identifier: MIT */
#include "signup_metrics.h"

#include "store/member_session_table.h"

#include <string.h>

/* Whatever else there is, is "other": the first. */
static const char *const results[] = {"other", "asked", "proven", "resent",
    "confirmed", "code", "signed-in", "wrong", "limit", "temp"};
static const char *const labels[] = {"result=\"other\"", "result=\"asked\"",
    "result=\"proven\"", "result=\"resent\"", "result=\"confirmed\"",
    "result=\"code\"", "result=\"signed-in\"", "result=\"wrong\"",
    "result=\"limit\"", "result=\"temp\""};

#define RESULTS (sizeof(results) / sizeof(*results))

static struct metric_cell cells[RESULTS];

static struct metric_family posts = {
    .name = "postward_signup_posts_total",
    .help = "Forms that were sent, by what became of them.",
    .n = RESULTS,
    .labels = labels,
    .cells = cells,
};

static struct metric_family *const families[] = {&posts, NULL};

static enum rc
count_sessions(struct db *db, void *context, struct err *err)
{
	return member_session_count(db, context, err);
}

/* While the store is down it is left out. */
static void
show_sessions(struct str *page, struct snapshot *snapshot)
{
	int64_t n;

	if (store_do(snapshot->store, count_sessions, &n, NULL) != RC_OK)
		return;
	metric_show_head(page, "postward_member_sessions",
	    "Browsers in which members are signed in.");
	metric_show_gauge(page, "postward_member_sessions", NULL, NULL, n);
}

const struct metrics_program signup_metrics = {
    .name = "signup",
    .families = families,
    .more = show_sessions,
};

void
signup_metrics_count(const char *result)
{
	size_t i = RESULTS - 1;

	while (i > 0 && strcmp(results[i], result) != 0)
		i--;
	metric_add(&posts, i, 1);
}
