/* SPDX-License-Identifier: MIT */
/*
 * import_spool - what was read of a file, and what there is to tell of it, on
 * disk (store/spool.h): however many accounts there are, the memory is the same
 * but for a byte for each.
 *
 * A file is read into it, and import_spool_sort called.  Then its accounts can
 * be walked through in the order of their names, which is that of the store: so
 * a page of it is written once, whatever the order of the file.
 */
#pragma once

#include "import.h"

enum import_change {
	IMPORT_ADDED,     /* an account */
	IMPORT_CHANGED,   /* the account was there */
	IMPORT_UNCHANGED, /* so was all of it */
	IMPORT_CHANGES,
};

struct import_spool;

enum rc import_spool_open(enum import_format format, struct import_spool **out,
    struct err *err);
/* NULL is allowed. */
void import_spool_close(struct import_spool *s);

/* A sink for import_reader_new, without `passed`. */
struct import_sink import_spool_sink(struct import_spool *s);
enum rc import_spool_sort(struct import_spool *s, struct err *err);

/* Begins a walk.  Those that were begun before end; what they told and changed
   is forgotten, and only what the reader has told stays. */
enum rc import_spool_walk(struct import_spool *s, struct err *err);
/* The same once more, of which nothing is forgotten. */
enum rc import_spool_walk_again(struct import_spool *s, struct err *err);
/* The next account, in the arena.  The first walk tells which lines of one
   account do not go together.  RC_NONE: there is no more. */
enum rc import_spool_next(struct import_spool *s, struct arena *a,
    struct import_entry *out, struct err *err);
/* Ends a walk, if one goes on. */
void import_spool_stop(struct import_spool *s);

/* Of the account that import_spool_next gave last, in any walk. */
void import_spool_set_change(struct import_spool *s, enum import_change change);
enum import_change import_spool_change(const struct import_spool *s);

enum rc import_spool_remark(struct import_spool *s,
    enum import_remark_kind kind, size_t line, const char *text,
    struct err *err);
size_t import_spool_remarks(const struct import_spool *s,
    enum import_remark_kind kind);
/* All remarks of that kind, by their lines. */
typedef void import_remark_fn(void *context, size_t line, const char *text);
enum rc import_spool_each_remark(struct import_spool *s,
    enum import_remark_kind kind, import_remark_fn *tell, void *context,
    struct err *err);

/* Keeps an account that is changed, to be listed in the order of lines. */
enum rc import_spool_list(struct import_spool *s,
    const struct import_entry *entry, enum import_change change,
    struct err *err);
typedef void import_listed_fn(void *context, struct arena *a,
    const struct import_entry *entry, enum import_change change);
enum rc import_spool_each_listed(struct import_spool *s, import_listed_fn *tell,
    void *context, struct err *err);
