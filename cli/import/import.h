/* SPDX-License-Identifier: MIT */
/*
 * import - the forwards in a file of another program's, or of our export.
 * Nothing is stored; looked up is only which domains are ours.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
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

/* What a file says of each account; what it does not say is not compared, nor
   changed. */
struct import_says {
	bool paused, suspended, strategy;
};

/* What is said against what an account has (n targets, pending ones left
   out): the same? */
bool import_same(const struct import_says *says,
    const struct import_entry *said, const struct import_entry *have);

/* Takes the second entry of an account, if it goes with the first: in
   IMPORT_CSV its targets are added, else it must say the same.  first->targets
   has room for FORWARDS_TARGETS_MAX, and copies are made in the arena.
   NULL, or why it does not go with it, as a phrase. */
const char *import_gather(struct arena *a, enum import_format format,
    struct import_entry *first, const struct import_entry *entry);
/* The problem of which that is the reason. */
char *import_twice(struct arena *a, const struct import_entry *first,
    const struct import_entry *entry, const char *why);

enum import_remark_kind {
	IMPORT_PROBLEM, /* the line is wrong */
	IMPORT_NOTE,    /* it is left out on purpose */
};

#define IMPORT_REMARK_KINDS (IMPORT_NOTE + 1)

/* Who takes what is read; an error ends the reading. */
struct import_sink {
	/* The entry and all in it are the reader's.  There may have been one of
	   that account. */
	enum rc (*add)(void *context, const struct import_entry *entry,
	    struct err *err);
	/* text: not made printable */
	enum rc (*remark)(void *context, enum import_remark_kind kind,
	    size_t line, const char *text, struct err *err);
	void *context;
	/* What stands before p is not looked at again; NULL: of no interest. */
	void (*passed)(void *file, const char *p);
	void *file;
};

/* A line with those that continue it, or a field of a table, is at most so
   long. */
#define IMPORT_LINE_MAX ((size_t)64 * 1024)

struct import_reader;

/* It lives in the arena until import_reader_free; settings and sink outlive
   it. */
struct import_reader *import_reader_new(struct arena *a,
    enum import_format format, const struct import_settings *settings,
    const struct import_sink *sink);
void import_reader_free(struct import_reader *r);

/* Reads a file, or a part of one that ends with a line; the next part goes on
   behind it.  Where the format has names of columns, the first part must have
   them.  RC_TEMP: as the sink said. */
enum rc import_reader_read(struct import_reader *r, const char *text,
    size_t len, struct err *err);

/* What the first part says. */
const struct import_says *import_reader_says(const struct import_reader *r);
