/* SPDX-License-Identifier: MIT */
/*
 * secrets - the file of secrets that SRS addresses are signed with.
 *
 * One a line; a line that begins with "#" is a comment.  The first signs, all
 * verify: a new one is put in front, and the old one removed when the last
 * address that it signed is too old.  A file of PostSRSd is one.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* RC_NONE: there is no such file.  RC_TEMP: it cannot be read.  RC_PERM: it
   holds no secret, or is none.  *open_to_all: others may read it. */
enum rc secrets_read(struct arena *a, const char *path, const char *const **out,
    size_t *n, bool *open_to_all, struct err *err);

/* Does any of them begin or end with a blank?  It is part of the secret, which
   not everybody means who leaves one there. */
bool secrets_have_blanks(const char *const *secrets, size_t n);

/* Makes the file with a random secret, for the owner of the file `like`.
   RC_NONE: there is a file already; it is left alone. */
enum rc secrets_make(const char *path, const char *like, struct err *err);

/* The same for a user and a group, which count for root only, with a mode. */
struct secrets_owner {
	uid_t user;
	gid_t group;
	mode_t mode;
};

enum rc secrets_make_for(const char *path, const struct secrets_owner *owner,
    struct err *err);
