/* SPDX-License-Identifier: MIT */
/*
 * socket - the place where libmilter waits: opened by libmilter, under the
 * promises of net/listen.h.
 */
#pragma once

#include "net/listen.h"
#include "program/settings.h"

/* For listen_close, which removes the file; the descriptor is libmilter's own.
   RC_PERM: somebody already serves there.  Before any thread is started, as it
   changes the umask for a moment. */
enum rc socket_open(const struct milter_settings *settings,
    struct listen_socket *out, struct err *err);
