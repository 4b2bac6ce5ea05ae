/* SPDX-License-Identifier: MIT */
/*
 * import_text - the file that is imported, for one walk from its beginning to
 * its end: in memory is only what is looked at.
 *
 * It is a copy in a temporary file: of the standard input there is no other
 * way, and a file that its owner cuts short meanwhile would end the program.
 */
#pragma once

#include "command.h"

/* A file may have so many bytes: ten million accounts and more. */
#define IMPORT_BYTES_MAX ((size_t)1024 * 1024 * 1024)

struct import_text {
	const char *text; /* len bytes, without a NUL behind them */
	size_t len;
	size_t left; /* bytes at the beginning that are out of memory again */
};

/* Reads the file, or the standard input if path is NULL or "-".  EXIT_DONE, or
   what is to be the exit status, and why was said: the file cannot be read or
   is too long, or there is no room for the copy (EXIT_TRY_LATER). */
int import_text_open(const struct invocation *in, const char *path,
    struct import_text *out);
void import_text_close(struct import_text *t);

/* `passed` of an import_sink whose file is a struct import_text. */
void import_text_passed(void *file, const char *p);
