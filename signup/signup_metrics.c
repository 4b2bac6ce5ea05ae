/* SPDX-License-Identifier: MIT */
#include "signup_metrics.h"

#include <string.h>

/* Whatever else there is, is "other": the first. */
static const char *const results[] = {"other", "asked", "proven", "resent",
    "confirmed", "wrong", "limit", "temp"};
static const char *const labels[] = {"result=\"other\"", "result=\"asked\"",
    "result=\"proven\"", "result=\"resent\"", "result=\"confirmed\"",
    "result=\"wrong\"", "result=\"limit\"", "result=\"temp\""};

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

const struct metrics_program signup_metrics = {
    .name = "signup",
    .families = families,
};

void
signup_metrics_count(const char *result)
{
	size_t i = RESULTS - 1;

	while (i > 0 && strcmp(results[i], result) != 0)
		i--;
	metric_add(&posts, i, 1);
}
