/* SPDX-License-Identifier: MIT */
/*
 * import - the forwards in a file of another program's, or of our export.
 * Pure: nothing is looked up, nothing is stored.
 */
#pragma once

#include "base/arena.h"
#include "forwarding/forwards_settings.h"

#include <stdbool.h>
#include <stddef.h>

enum import_format {
	IMPORT_ALIASES,      /* aliases(5) */
	IMPORT_VIRTUAL,      /* virtual(5), the source of postmap(1) */
	IMPORT_POSTFIXADMIN, /* its table alias: as `mysql --batch` prints it,
				or as CSV */
	IMPORT_CSV,          /* RFC 4180 */
};

#define IMPORT_FORMATS (IMPORT_CSV + 1)

/* "aliases", "virtual", "postfixadmin", "csv" */
const char *import_format_name(enum import_format format);
bool import_format_read(const char *word, enum import_format *out);

struct import_settings {
	const struct forwards_settings *forwards; /* whose domains are ours */
	const char *domain; /* of what has none; NULL: that is wrong */
	bool rewrite;       /* may an account choose "rewrite"? */
};

struct import_target {
	const char *text; /* as address_text gives it */
	bool paused;
};

struct import_entry {
	size_t line;                   /* on which it begins */
	const char *account;           /* as account_table.h has it */
	struct import_target *targets; /* at most FORWARDS_TARGETS_MAX, no two
					  that differ in case only */
	size_t n;
	bool suspended;
	const char *strategy; /* as account_table.h has it */
};

struct import_remark {
	size_t line;
	const char *text; /* not made printable */
};

struct import {
	struct import_entry *entries; /* no two of one account */
	size_t n;
	/* What the file says of each account; what it does not say is not
	   compared, nor changed. */
	bool says_paused, says_suspended, says_strategy;
	struct import_remark *problems; /* the lines that are wrong */
	size_t n_problems;
	struct import_remark *notes; /* what is left out on purpose */
	size_t n_notes;
};

/* All of it lives in the arena.  text: len bytes, and a NUL behind them. */
void import_read(struct arena *a, enum import_format format,
    const struct import_settings *settings, const char *text, size_t len,
    struct import *out);

/* What the file says against what an account has (n targets, pending ones left
   out): the same? */
bool import_same(const struct import *import, const struct import_entry *entry,
    const struct import_entry *have);
