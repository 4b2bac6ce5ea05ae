/* SPDX-License-Identifier: MIT */
/*
 * readable_by - may a user other than the one who asks read a file?
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* False only if it is certain that he may not: found out as that user, with his
   groups, so that folders above, access lists and whatever else there is count.
   Only root can ask that; for others, and of an unknown user, it is true. */
bool readable_by(const char *user, const char *path);
/* The same of writing: of a folder, making files in it. */
bool writable_by(const char *user, const char *path);
/* And of going through a folder. */
bool searchable_by(const char *user, const char *folder);

/* False also if there is no such user or group. */
bool user_is_in(const char *user, const char *group);
