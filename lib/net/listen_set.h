/* SPDX-License-Identifier: MIT */
/*
 * listen_set - the sockets of one server.  The set can be changed while the
 * server runs: an address that stays keeps its socket.
 */
#pragma once

#include "net/listen.h"

#include <stddef.h>

#define LISTEN_SET_MAX 16

struct listen_set {
	struct listen_socket sockets[LISTEN_SET_MAX];
	size_t n;
};

/* Makes the set for n addresses, which must all differ: it takes over the
   sockets that `old` has, and opens the others.  RC_PERM: an address is wrong
   or taken, or n is 0 or above LISTEN_SET_MAX.  On an error nothing has
   changed. */
enum rc listen_set_open(const struct listen_set *old,
    const char *const *addresses, size_t n,
    const struct listen_settings *settings, struct listen_set *out,
    struct err *err);

/* Closes the sockets of set that are not in `but` too; with NULL, all of
   them. */
void listen_set_close(struct listen_set *set, const struct listen_set *but);
