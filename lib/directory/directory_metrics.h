/* SPDX-License-Identifier: MIT */
/*
 * directory_metrics - figures about the directory.
 */
#pragma once

#include "base/metric.h"

/* Cells of directory_questions. */
enum {
	DIRECTORY_FOUND,
	DIRECTORY_NOBODY,
	DIRECTORY_FAILED
};

/* What went wrong with one server; cells of directory_failures. */
enum directory_failure {
	DIRECTORY_FAILED_CONNECT,
	DIRECTORY_FAILED_TLS,
	DIRECTORY_FAILED_BIND,
	DIRECTORY_FAILED_TIMEOUT,
	DIRECTORY_FAILED_ANSWER,
	DIRECTORY_FAILURES
};

extern struct metric_family directory_questions, directory_failures,
    directory_connections;
extern struct metric_times directory_times;
