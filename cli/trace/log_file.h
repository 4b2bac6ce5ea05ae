/* SPDX-License-Identifier: MIT */
/*
 * log_file - the files of a log as one long text, read from the place where a
 * time is.
 *
 * Files are read by pread(2), never mapped: whoever rotates one may cut it
 * short meanwhile.  What is written behind the end that a file had when it was
 * opened is not seen.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A longer line is read as if it were several. */
#define LOG_BLOCK ((size_t)256 * 1024)

struct log_file {
	const char *name; /* for who reads a message about it */
	int fd;
	int64_t size;
	int64_t latest; /* when it was last written: years are told by it */
	int64_t base;   /* where it begins in the whole log */
};

/* The oldest file first; all of them are closed by log_files_close. */
struct log_files {
	struct log_file *files;
	size_t n;
};

/* Appends a file, which owns fd then. */
void log_files_add(struct log_files *log, struct arena *a, const char *name,
    int fd, int64_t size, int64_t latest);
void log_files_close(struct log_files *log);
int64_t log_files_end(const struct log_files *log);

/* Where the first line may be that is of that time or later: never behind it,
   also if lines are some seconds out of order (LOG_DISORDER).  carefully: also
   if the clock was set back on the way, which costs a look at some more places.
 */
#define LOG_DISORDER 30 /* seconds */
int64_t log_files_seek(const struct log_files *log, int64_t time,
    bool carefully);

/* Whole lines, one after another. */
struct log_block {
	const char *bytes;
	size_t len;
	int64_t at; /* of the first byte */
	const struct log_file *file;
};

struct log_reader {
	const struct log_files *log;
	int64_t at; /* of the next block */
	char *buffer;
};

void log_reader_init(struct log_reader *reader, struct arena *a,
    const struct log_files *log, int64_t at);
/* The block before it becomes invalid.  false: there is no more; what cannot be
   read is passed over, and *wrong says so if that is so, else is NULL. */
bool log_reader_next(struct log_reader *reader, struct log_block *out,
    const struct log_file **wrong);

/* Takes the first line out of a block, without its end. */
bool log_block_line(struct log_block *block, const char **line, size_t *len,
    int64_t *at);
