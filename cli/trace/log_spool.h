/* SPDX-License-Identifier: MIT */
/*
 * log_spool - a log that can only be read from its beginning, written to a file
 * without a name: what is packed, and the journal.
 */
#pragma once

#include "base/err.h"
#include "log_file.h"

/* The program that unpacks a file of that name; NULL: it is not packed. */
const char *log_spool_unpacker(const char *path);

/* Adds what is in it to the log.  RC_TEMP: not all of it could be had, and err
   says why; what came before that is there. */
enum rc log_spool_unpack(struct arena *a, const char *path,
    const char *unpacker, int64_t latest, struct log_files *log,
    struct err *err);

/* What the journal has of mail between those times (before INT64_MAX: until
   now).  RC_TEMP as above. */
enum rc log_spool_journal(struct arena *a, int64_t since, int64_t before,
    struct log_files *log, struct err *err);
