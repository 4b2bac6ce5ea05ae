/* SPDX-License-Identifier: MIT */
#include "store/store_metrics.h"

static const char *const results[] = {"result=\"done\"", "result=\"failed\""};
static struct metric_cell cells[2];

struct metric_family store_work_done = {
    .name = "postward_store_work_total",
    .help = "What was asked of the store; failed: it could not be asked.",
    .n = 2,
    .labels = results,
    .cells = cells,
};
