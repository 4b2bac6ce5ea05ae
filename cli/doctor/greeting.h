/* SPDX-License-Identifier: MIT */
/*
 * greeting - does somebody answer there, and what does he say first?
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

/* Connects to "host" "port" within a few seconds, and reads the first line of
   what is said there unless line is NULL.  RC_TEMP: err says why not. */
enum rc greeting_read(struct arena *a, const char *host, const char *port,
    const char **line, struct err *err);

/* Does somebody accept connections at "unix:/path" or "inet:host:port", as
   listen.h has them?  RC_TEMP: err says why not. */
enum rc greeting_knock(struct arena *a, const char *where, struct err *err);
