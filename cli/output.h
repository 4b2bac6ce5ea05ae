/* SPDX-License-Identifier: MIT */
/*
 * output - what a person reads, or with --json a program.
 */
#pragma once

#include "command.h"

#include <cjson/cJSON.h>

/* Prints it and frees it. */
void output_json(cJSON *json);
/* The text that it has in an array; frees it. */
char *output_json_element(struct arena *a, cJSON *json);
/* The text of a member of that name, without a comma or line end, of an object
   with `depth` objects around it; of an element in a list that is such a
   member.  They free it. */
char *output_json_member(struct arena *a, unsigned depth, const char *name,
    cJSON *json);
char *output_json_nested(struct arena *a, unsigned depth, cJSON *json);

/* Whoever wrote it, whole, as a terminal may show it (str_printable); NULL for
   NULL.  All that is printed goes through it, but words of our own, and what
   is in JSON, which has escapes itself. */
const char *output_shown(struct arena *a, const char *text);

/* text or null */
void output_member(cJSON *object, const char *name, const char *text);

/* "2026-11-22 10:00:00Z"; NULL for 0. */
const char *output_time(struct arena *a, int64_t time);

/* A line on stderr, made printable. */
void output_wrong(const struct invocation *in, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says on stderr what went wrong, and what the exit status is then. */
int output_failure(const struct invocation *in, enum rc rc,
    const struct err *err);
