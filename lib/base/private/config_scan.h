/* SPDX-License-Identifier: MIT */
/*
 * config_scan - checks a configuration, and blanks its comments, before
 * libconfuse reads it.
 *
 * libconfuse 3.3 counts lines wrongly after a comment, does not know comments
 * inside a list, takes the end of the file for the end of any section or
 * comment, passes over characters it does not know, reads "section|key" as a
 * path, and puts the environment in for ${NAME}.  So comments are blanked
 * here, and the rest is refused.
 */
#pragma once

#include "base/err.h"

/* RC_OK: comments are now spaces, and the lines are where they were.
   RC_PERM: err says where and what, beginning with `name`. */
enum rc config_scan(char *text, const char *name, struct err *err);
