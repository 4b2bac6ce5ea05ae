/* SPDX-License-Identifier: MIT */
/*
 * backup_read - what backup_write has written, checked as a whole before any of
 * it is used.
 */
#pragma once

#include "auth/crypto.h"
#include "base/err.h"
#include "ustar.h"

#include <stdio.h>

struct backup_member {
	struct ustar head;
	long at; /* in the file: where its bytes begin */
	unsigned char sum[CRYPTO_SHA256_LEN];
};

struct backup_content {
	struct backup_member *members; /* files and folders, but the sums */
	size_t n;
};

/* Reads all of the file.  RC_PERM: it is no backup, is not whole, or was
   changed.  What is found lives in the arena. */
enum rc backup_read(struct arena *a, FILE *from, struct backup_content *out,
    struct err *err);

/* Writes the bytes of one member. */
enum rc backup_extract(FILE *from, const struct backup_member *member, int to,
    struct err *err);
