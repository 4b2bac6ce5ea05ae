/* SPDX-License-Identifier: MIT */
/*
 * import_reader - what the readers of all formats of import.h share: telling
 * what is wrong, and from texts to accounts and targets.  Pure.
 */
#pragma once

#include "import.h"
#include "import_fields.h"

/* The names of columns (import_table.c), in their order. */
struct import_columns {
	unsigned char of[IMPORT_FIELDS_MAX]; /* enum import_column */
	size_t n;
};

struct import_reader {
	struct arena *scratch; /* of one line: reset after it */
	enum import_format format;
	const struct import_settings *settings;
	const struct import_sink *sink;
	const char *text, *end; /* what is not read yet */
	size_t line;            /* of it */
	/* A target may be a file or a command, as in aliases(5). */
	bool local_delivery;
	bool began, unreadable; /* nothing more is read */
	char separator;
	struct import_columns columns;
	struct import_says says;
	enum rc rc; /* of the sink */
	struct err *err;
};

extern const char import_too_many[];

void import_problem(struct import_reader *r, size_t line, const char *format,
    ...) __attribute__((format(printf, 3, 4)));
void import_note(struct import_reader *r, size_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What was read before is passed. */
void import_passed(struct import_reader *r);

/* Reads the name of an account: an address in the syntax of a message header,
   a name without domain, or "@domain".  False: it is wrong, and that was
   told. */
bool import_account(struct import_reader *r, size_t line, const char *text,
    const char **out);

/* Reads all targets of a list, with or without commas, into the entry, which
   has none.  False:
   one is wrong, and that was told. */
bool import_targets(struct import_reader *r, const char *text, size_t len,
    struct import_entry *entry);

/* The same, but one address that is written as in SMTP is taken as it is. */
bool import_target(struct import_reader *r, const char *text,
    struct import_entry *entry);

void import_add(struct import_reader *r, const struct import_entry *entry);

/* The next line that is not empty, whose comment is none and to which those
   are joined that begin with a blank (postmap(1), aliases(5)); in the scratch,
   without blanks at its end.  *len is more than IMPORT_LINE_MAX: it is not all
   there.  False: there is none. */
bool import_logical_line(struct import_reader *r, char **out, size_t *len,
    size_t *line);

/* Bytes of the key at the beginning of the line: up to a `colon`, or a blank,
   that is outside quotes. */
size_t import_key_length(const char *line, bool colon);

void import_read_aliases(struct import_reader *r);
void import_read_virtual(struct import_reader *r);
void import_read_table(struct import_reader *r);
