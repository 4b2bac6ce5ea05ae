/* SPDX-License-Identifier: MIT */
/*
 * limit_key - names of limits that hold for one client, or for the network
 * around it (see limit_table).
 */
#pragma once

#include "base/arena.h"

/* Returns "ask:client:192.0.2.1" if what is "ask"; an IPv6 client is named by
   its /64.  A client that is NULL or no IP address is "unknown".  The text is
   in the arena. */
const char *limit_key_of_client(struct arena *a, const char *what,
    const char *client);

/* Returns "ask:network:192.0.2.0/24"; an IPv6 client is named by its /48. */
const char *limit_key_of_network(struct arena *a, const char *what,
    const char *client);
