/* SPDX-License-Identifier: MIT */
/*
 * secrets - the file of secrets that SRS addresses are signed with.
 *
 * Each line holds one secret; a line that begins with "#" is a comment.  The
 * first secret signs, and all of them verify: an administrator puts a new
 * secret in front, and removes the old one when the last address that it signed
 * is too old.  Files of PostSRSd have the same form.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* RC_NONE: there is no such file.  RC_TEMP: the file cannot be read.  RC_PERM:
   it holds no secret, or is no file of secrets.  *open_to_all: every user of
   the machine may read it. */
enum rc secrets_read(struct arena *a, const char *path, const char *const **out,
    size_t *n, bool *open_to_all, struct err *err);

/* True: a secret begins or ends with a blank, which is part of the secret,
   though few who leave one there mean that. */
bool secrets_have_blanks(const char *const *secrets, size_t n);

/* Makes the file with a random secret; it belongs to the owner of the file
   `like`.  RC_NONE: there is a file already, which is left alone. */
enum rc secrets_make(const char *path, const char *like, struct err *err);

/* Whose a file of secrets is.  user and group only matter when root makes it.
 */
struct secrets_owner {
	uid_t user;
	gid_t group;
	mode_t mode;
};

/* The same as secrets_make, for that owner. */
enum rc secrets_make_for(const char *path, const struct secrets_owner *owner,
    struct err *err);
