/* SPDX-License-Identifier: MIT */
/*
 * dkim_files - makes and removes files of keys that mail is signed with, so
 * that a program that reads the folder meanwhile finds all or nothing.
 */
#pragma once

#include "program/settings.h"
#include "program/signing_keys.h"

/* A new file, with its folders if they are not there: for root, and to be read
   by the group of the programs' user; made by somebody else, it is his. */
struct dkim_new_file {
	const char *domain, *selector; /* as domain_read gives them */
	const char *folder;            /* of the domain; NULL: none is there */
	const char *pem;
};

/* RC_PERM: there is such a file.  RC_TEMP: it cannot be made, and nothing of it
   is left. */
enum rc dkim_files_add(const struct settings *s, struct arena *a,
    const struct dkim_new_file *file, const char **path, struct err *err);

/* last: its folder goes too, and with it the promise to sign; RC_PERM: there
   is something else in it. */
enum rc dkim_files_remove(struct arena *a, const char *path, bool last,
    struct err *err);
