/* SPDX-License-Identifier: MIT */
#include "directory/directory_metrics.h"

static const char *const results[] = {
    "result=\"found\"", "result=\"nobody\"", "result=\"failed\""};
static const char *const reasons[DIRECTORY_FAILURES] = {
    [DIRECTORY_FAILED_CONNECT] = "why=\"connect\"",
    [DIRECTORY_FAILED_TLS] = "why=\"tls\"",
    [DIRECTORY_FAILED_BIND] = "why=\"bind\"",
    [DIRECTORY_FAILED_TIMEOUT] = "why=\"timeout\"",
    [DIRECTORY_FAILED_ANSWER] = "why=\"answer\"",
};
static struct metric_cell result_cells[3], reason_cells[DIRECTORY_FAILURES],
    connection_cells[1];

struct metric_family directory_questions = {
    .name = "postward_directory_questions_total",
    .help = "Questions to the LDAP directory, by how they ended.",
    .n = 3,
    .labels = results,
    .cells = result_cells,
};

struct metric_family directory_failures = {
    .name = "postward_directory_failures_total",
    .help = "What one server of the LDAP directory did not do.",
    .n = DIRECTORY_FAILURES,
    .labels = reasons,
    .cells = reason_cells,
};

struct metric_family directory_connections = {
    .name = "postward_directory_connections_total",
    .help = "Connections to the LDAP directory that were made.",
    .n = 1,
    .cells = connection_cells,
};

struct metric_times directory_times = {
    .name = "postward_directory_seconds",
    .help = "How long a question to the LDAP directory took.",
};
