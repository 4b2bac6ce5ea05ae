/* SPDX-License-Identifier: MIT */
/*
 * session_file - the mail that a bench sends: a line for each message, fields
 * with tabs between them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The last one may be missing. */
enum session_field {
	SESSION_CLIENT,
	SESSION_NAME,
	SESSION_HELO,
	SESSION_SENDER,
	SESSION_RECIPIENT,
	SESSION_EXPECTED, /* "accept" or "refuse" */
	SESSION_MESSAGE,  /* the path of a message with CRLFs */
	SESSION_FIELDS
};

struct session_line {
	const char *of[SESSION_FIELDS]; /* NULL: not there */
	const char *message;            /* what is in the file; NULL: none */
	size_t message_len;
};

struct session_file {
	struct session_line *lines;
	size_t n;
};

/* Reads the lines, and maps the messages; a file that several lines name is
   mapped several times, and is in memory once.  Says on standard error what
   cannot be read. */
bool session_file_read(const char *path, struct session_file *out);

void session_file_free(struct session_file *file);

/* Of n > 0 times, which it sorts, the one that this part of them does not
   exceed. */
long long session_percentile(int64_t *us, size_t n, double part);

/* Of the clock that nobody sets. */
int64_t session_now_us(void);
