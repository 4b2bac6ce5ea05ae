/* SPDX-License-Identifier: MIT */
/*
 * import_memory - what was read, all in memory: for a few accounts.  Pure.
 */
#pragma once

#include "import.h"

struct import_remark {
	size_t line;
	const char *text; /* not made printable */
};

struct import {
	struct import_entry *entries; /* no two of one account */
	size_t n;
	struct import_says says;
	struct import_remark *problems;
	size_t n_problems;
	struct import_remark *notes;
	size_t n_notes;
};

struct import_memory {
	struct arena *arena;
	enum import_format format;
	struct import got;
	size_t *places, n_places; /* entries by account: one more than the
				     index, 0 for none */
};

/* A sink that fills memory->got, in the arena. */
struct import_sink import_memory_sink(struct import_memory *memory);

/* Reads a whole file.  All of it lives in the arena. */
void import_read(struct arena *a, enum import_format format,
    const struct import_settings *settings, const char *text, size_t len,
    struct import *out);
