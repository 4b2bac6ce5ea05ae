/* SPDX-License-Identifier: MIT */
/*
 * backup_write - writes the archive of a backup: files and folders with their
 * owners, and in the end the SHA-256 of each file, as sha256sum(1) has it.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdio.h>

/* The last member; an archive without it is not whole. */
#define BACKUP_SUMS "SHA256SUMS"

struct backup;

/* The stream stays the caller's. */
struct backup *backup_begin(FILE *to);

/* Adds a file, with the folder that it is in, under the absolute path `as`,
   which in the archive has no slash before it.  from: what is read; owner and
   mode are those of `as`.  RC_NONE: there is no such file. */
enum rc backup_add(struct backup *b, const char *as, const char *from,
    struct err *err);

/* The same, of a file that is open and stays the caller's. */
enum rc backup_add_open(struct backup *b, const char *as, FILE *from,
    struct err *err);

/* Frees it, too.  RC_TEMP: not all could be written. */
enum rc backup_end(struct backup *b, struct err *err);
