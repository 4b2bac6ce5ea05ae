/* SPDX-License-Identifier: MIT */
/*
 * sealed_head - the head of a file that is encrypted with a passphrase
 * (postward-backup(5)): how the keys come from it.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define SEALED_HEAD_LEN 72
#define SEALED_KEY_LEN  32

/* The cost of scrypt (RFC 7914): N is 2 to that power, r 8 and p 1.  What is
   read may ask for no more, which is 128 MiB, and for no less than is hard to
   try out. */
#define SEALED_COST_MIN 15
#define SEALED_COST_MAX 17

/* Do the bytes begin a file of this kind? */
bool sealed_begins(const void *bytes, size_t len);

/* Writes a head, with a salt that no other has; *key is that of what comes
   behind it.  RC_TEMP: it cannot be written, or OpenSSL cannot. */
enum rc sealed_head_write(FILE *to, const char *passphrase, unsigned cost,
    unsigned char key[SEALED_KEY_LEN], struct err *err);

/* Reads it.  RC_PERM: it is no such head, another passphrase has made it, or it
   was changed.  RC_TEMP: OpenSSL cannot. */
enum rc sealed_head_read(FILE *from, const char *passphrase,
    unsigned char key[SEALED_KEY_LEN], struct err *err);
