/* SPDX-License-Identifier: MIT */
/*
 * stream_bytes - a file that the administrator names, as a whole.
 */
#pragma once

#include "command.h"

/* Reads the file, or the standard input if path is NULL or "-", and adds a NUL.
   free(*out) when it is done.  False: it cannot be read, or is longer than
   `most`, and that was said. */
bool stream_bytes_read(const struct invocation *in, const char *path,
    size_t most, char **out, size_t *len);
