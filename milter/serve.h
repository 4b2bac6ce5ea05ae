/* SPDX-License-Identifier: MIT */
/*
 * serve - the milter's socket, signals, reload and orderly stop.
 *
 * libmilter opens the socket itself, and has a thread of its own that waits
 * for SIGHUP and SIGTERM, and stops at either.  A signal goes to the main
 * thread first if that does not block it (signal(7): to an arbitrary one; the
 * kernel prefers the main thread): so that is the one which has handlers, and
 * libmilter runs in another.
 */
#pragma once

#include "net/listen.h"
#include "program/settings.h"

/* Where it listens; see daemon.h. */
const char *milter_listens(const struct settings *settings,
    struct listen_settings *as);

int milter_serve(const char *path, struct settings *settings);
