/* SPDX-License-Identifier: MIT */
#include "auth/auth_metrics.h"

static const char *const sources[] = {"from=\"kept\"", "from=\"evaluated\""};

static struct metric_cell result_cells[2];

struct metric_family auth_spf_results = {
    .name = "postward_spf_results_total",
    .help = "Results of SPF, by where they came from.",
    .n = 2,
    .labels = sources,
    .cells = result_cells,
};
