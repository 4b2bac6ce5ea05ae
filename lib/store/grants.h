/* SPDX-License-Identifier: MIT */
/*
 * grants - what each program needs of a MariaDB store, and no more.  Pure.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>

/* policyd, forwarder, milter, mailer, signup, cli; ended by NULL. */
extern const char *const grants_programs[];

/* May a user or a host be called so?  Neither quotes nor backslashes. */
bool grants_name_valid(const char *name);

/* GRANT statements for one of grants_programs, a line each; user and host are
   valid.  That of cli is about all tables, so that it can make them; the others
   name tables that are there. */
const char *grants_text(struct arena *a, const char *program,
    const char *database, const char *user, const char *host);
