/* SPDX-License-Identifier: MIT */
/*
 * store_secrets - makes the files of secrets that are not there yet, each for
 * who needs it, and says which it has made.
 */
#pragma once

#include "program/settings.h"

/* store_file: of an SQLite store, whose owner the programs are; or NULL. */
enum rc store_secrets_make(const struct settings *s, const char *store_file,
    struct err *err);

/* That of approvals alone, for whoever runs this. */
enum rc store_secrets_make_approvals(const struct settings *s, struct err *err);
