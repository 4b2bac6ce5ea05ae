/* SPDX-License-Identifier: MIT */
/*
 * output - what a person reads, or with --json a program.
 */
#pragma once

#include "command.h"

#include <cjson/cJSON.h>

/* Rows of cells under column names: aligned, or a JSON array of objects with
   the names in lower case.  cells holds n_rows * n_columns texts; NULL is
   shown as "-", and is null in JSON. */
void output_table(const struct invocation *in, const char *const *columns,
    size_t n_columns, const char *const *cells, size_t n_rows);

/* Prints it and frees it. */
void output_json(cJSON *json);

/* text or null */
void output_member(cJSON *object, const char *name, const char *text);

/* "2026-11-22 10:00:00Z"; NULL for 0. */
const char *output_time(struct arena *a, int64_t time);

/* Says on stderr what went wrong, and what the exit status is then. */
int output_failure(const struct invocation *in, enum rc rc,
    const struct err *err);
