/* SPDX-License-Identifier: MIT */
/*
 * sealed - bytes that only who has the key can read, and nobody else change
 * without its being seen (postward-backup(5); the key: sealed_head.h).
 *
 * They are cut into chunks of 64 KiB, each under AES-256-GCM with its number
 * and whether it is the last: none can be changed, moved, doubled or left out,
 * nothing can be cut off or put behind.
 */
#pragma once

#include "base/err.h"
#include "sealed_head.h"

#include <stdio.h>

#define SEALED_CHUNK ((size_t)64 * 1024) /* bytes of the text */
#define SEALED_TAG   16                  /* and of what proves them */

/* What is written to *out comes encrypted to `to`, the last of it with
   fclose(*out), which fails if not all could be written.  `to` stays the
   caller's, and is flushed then.  A key is for one such stream. */
enum rc sealed_writer_open(FILE *to, const unsigned char key[SEALED_KEY_LEN],
    FILE **out, struct err *err);

/* Reads all that is left of `from`.  RC_PERM: it is not whole, or was changed;
   what is in `to` then is of no use. */
enum rc sealed_read(FILE *from, const unsigned char key[SEALED_KEY_LEN],
    FILE *to, struct err *err);
