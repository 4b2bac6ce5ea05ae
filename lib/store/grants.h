/* SPDX-License-Identifier: MIT */
/*
 * grants - the rights that each program needs on a MariaDB server, and no
 * others.  Pure.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>

/* policyd, forwarder, milter, mailer, signup, cli; ended by NULL. */
extern const char *const grants_programs[];

/* True: a user or a host may have this name.  A valid name has neither quotes
   nor backslashes. */
bool grants_name_valid(const char *name);

/* Returns the GRANT statements for one of grants_programs, a line each; user
   and host must be valid.  cli is granted all tables, so that it can make them;
   the statements of the others name tables, which must exist. */
const char *grants_text(struct arena *a, const char *program,
    const char *database, const char *user, const char *host);
