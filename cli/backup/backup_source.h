/* SPDX-License-Identifier: MIT */
/*
 * backup_source - the archive of a backup, whether it comes from a file or from
 * standard input, as it is or encrypted.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdio.h>

/* The first line of the file.  RC_PERM: there is none, or everybody can read
   the file. */
enum rc backup_passphrase(struct arena *a, const char *file, const char **out,
    struct err *err);

/* path: "-" is standard input.  passphrase: NULL for a backup that is not
   encrypted.  *out can be read from any place, and is whole as it was written
   if there is a passphrase.  What is decrypted lies in a file without a name,
   in $TMPDIR or /var/tmp.  RC_PERM: it is encrypted and there is no passphrase,
   or another; it is not encrypted and there is one; it was changed. */
enum rc backup_source_open(struct arena *a, const char *path,
    const char *passphrase, FILE **out, struct err *err);

/* A folder for what is large and does not stay. */
const char *backup_large_folder(void);
