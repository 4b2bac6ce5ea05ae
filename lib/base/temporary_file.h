/* SPDX-License-Identifier: MIT */
/*
 * temporary_file - a file without a name, for what may be larger than the
 * memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The file is in $TMPDIR, else in /var/tmp (which is a disk where /tmp may be
   memory), else in /tmp, and it is gone when the descriptor is closed.  -1:
   there is none, and errno says why. */
int temporary_file_open(void);

/* Writes all bytes at the descriptor's place.  False: the disk is full, or
   fails, and errno says which. */
bool temporary_file_write(int fd, const char *bytes, size_t len);
