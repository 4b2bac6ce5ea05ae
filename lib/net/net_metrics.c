/* SPDX-License-Identifier: MIT */
#include "net/net_metrics.h"

static const char *const sources[] = {
    "from=\"cache\"", "from=\"shared\"", "from=\"server\""};
static const char *const results[] = {"result=\"answer\"", "result=\"none\"",
    "result=\"timeout\"", "result=\"failed\""};
static const char *const ends[] = {"why=\"over\"", "why=\"room\""};

static struct metric_cell answer_cells[3], query_cells[4], open_cells[1],
    end_cells[2];

struct metric_family net_dns_answers = {
    .name = "postward_dns_answers_total",
    .help = "DNS answers, by where they came from.",
    .n = 3,
    .labels = sources,
    .cells = answer_cells,
};

struct metric_family net_dns_queries = {
    .name = "postward_dns_questions_total",
    .help = "Questions to DNS servers, by how they ended.",
    .n = 4,
    .labels = results,
    .cells = query_cells,
};

struct metric_family net_connections = {
    .name = "postward_connections",
    .help = "Open connections.",
    .type = METRIC_GAUGE,
    .n = 1,
    .cells = open_cells,
};

struct metric_family net_connections_ended = {
    .name = "postward_connections_ended_total",
    .help = "Connections that were closed: over, or idle when room was needed.",
    .n = 2,
    .labels = ends,
    .cells = end_cells,
};
