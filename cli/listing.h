/* SPDX-License-Identifier: MIT */
/*
 * listing - rows of any number, written while they are read.
 *
 * Aligned under the names of the columns, or with --json an array of objects.
 * The first LISTING_HELD rows are held back: they say how wide the columns are
 * (what is wider than that later moves the rest of its row), and trouble among
 * them leaves nothing half written.  Memory does not grow with the rows.
 */
#pragma once

#include "command.h"

#include <cjson/cJSON.h>

#define LISTING_HELD 1000

struct listing;

struct listing_column {
	const char *name; /* in JSON in lower case */
	bool ours; /* words of ours, perhaps in colour: shown as they are; all
		      else is made printable */
};

/* The store for a command that lists a table: the first of a million rows may
   take a server some time. */
enum rc listing_open_store(const struct settings *settings, struct store **out,
    struct err *err);

/* columns must outlive it. */
struct listing *listing_open(const struct invocation *in,
    const struct listing_column *columns, size_t n_columns);

/* For the texts of one row: the next listing_add makes them invalid. */
struct arena *listing_arena(struct listing *l);

/* One text a column; NULL is shown as "-", and is null in JSON. */
void listing_add(struct listing *l, const char *const *cells);
/* With --json: a row that has more to say; it is freed. */
void listing_add_json(struct listing *l, cJSON *row);

/* Before the first row is read, as often as it is (see store_do).  false: some
   are written, and cannot be taken back. */
bool listing_again(struct listing *l);

/* rc is the end of the reading.  RC_OK writes what is held; with anything else
   that is forgotten, or, if rows are written already, the array is closed and
   err says also that some are missing.  Frees it; returns rc. */
enum rc listing_close(struct listing *l, enum rc rc, struct err *err);

/* All of it at once: n_rows * n_columns cells. */
void listing_print(const struct invocation *in,
    const struct listing_column *columns, size_t n_columns,
    const char *const *cells, size_t n_rows);
