/* SPDX-License-Identifier: MIT */
/*
 * listen_set - the sockets of one server.  They can be changed while it runs:
 * an address that stays keeps its socket.
 */
#pragma once

#include "net/listen.h"

#include <stddef.h>

#define LISTEN_SET_MAX 16

struct listen_set {
	struct listen_socket sockets[LISTEN_SET_MAX];
	size_t n;
};

/* The set for these addresses, each a different one: sockets that `old` has are
   taken from it, the others opened.  RC_PERM also for none, or too many.  On an
   error nothing has changed. */
enum rc listen_set_open(const struct listen_set *old,
    const char *const *addresses, size_t n,
    const struct listen_settings *settings, struct listen_set *out,
    struct err *err);

/* Closes the sockets that are not in `but`; NULL: all of them. */
void listen_set_close(struct listen_set *set, const struct listen_set *but);
