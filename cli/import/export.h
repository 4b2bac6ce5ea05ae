/* SPDX-License-Identifier: MIT */
/*
 * export - accounts as the formats of import.h have them.  Pure.
 *
 * What is written is read again at once, so that whatever a format cannot say
 * is left out and told, and never written as something else.
 */
#pragma once

#include "import_memory.h"

/* What an export needs from its first account to its last. */
struct export
{
	enum import_format format;
	struct import_memory memory;
	struct import_sink sink;
	struct import_reader *reader; /* of what was written */
};

/* Both settings and *out stay where they are until export_end. */
void export_begin(struct arena *a, enum import_format format,
    const struct import_settings *settings, struct export *out);
void export_end(struct export *e);

/* What stands above all accounts; "" where nothing does. */
const char *export_header(enum import_format format);

/* The lines of one account, or NULL.  *left_out: what of it is not in them, as
   a phrase, or NULL. */
char *export_text(struct export *e, struct arena *a,
    const struct import_entry *entry, const char **left_out);
